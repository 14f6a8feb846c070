"""Rubin's rules and adjustment, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from theta.effects.pooling import adjust, joint_test, pool


def test_rubins_rules_by_hand() -> None:
    """Three draws: within 4, between 1, total 4 + 4/3."""
    found = pool(np.array([1.0, 2.0, 3.0]), np.array([3.0, 4.0, 5.0]), complete=50)
    assert found.estimate == 2
    assert found.standard_error == pytest.approx(np.sqrt(4 + 4 / 3))
    share = (4 / 3) / (4 + 4 / 3)
    assert found.share_of_draws == pytest.approx(share)
    of_draws, of_data = 2 / share**2, 51 / 53 * 50 * (1 - share)
    assert found.degrees_of_freedom == pytest.approx(1 / (1 / of_draws + 1 / of_data))
    t = stats.t(found.degrees_of_freedom)
    assert found.p_value == pytest.approx(2 * t.sf(2 / found.standard_error))
    low, high = found.interval()
    assert high - low == pytest.approx(2 * t.ppf(0.975) * found.standard_error)


def test_one_draw_is_known() -> None:
    found = pool(np.array([[1.0]]), np.array([[4.0]]), complete=30)
    assert (found.standard_error, found.degrees_of_freedom, found.share_of_draws) == (2, 30, 0)


def test_draws_that_agree_are_known() -> None:
    found = pool(np.ones((5, 2)), np.full((5, 2), 9.0), complete=30)
    np.testing.assert_allclose(found.standard_error, 3)
    np.testing.assert_allclose(found.degrees_of_freedom, 31 / 33 * 30)


def test_the_joint_test_of_one_draw_is_walds() -> None:
    rng = np.random.default_rng(0)
    estimate = rng.normal(size=(1, 1, 3))
    root = rng.normal(size=(3, 3))
    covariance = root @ root.T + np.eye(3)
    statistic, freedom, p_value = joint_test(estimate, covariance[None, None], complete=40)
    wald = estimate[0, 0] @ np.linalg.inv(covariance) @ estimate[0, 0] / 3
    assert statistic[0] == pytest.approx(wald)
    assert freedom[0] == 40
    assert p_value[0] == pytest.approx(stats.f(3, 40).sf(wald))


def test_the_joint_test_of_draws_by_hand() -> None:
    """Two coefficients, equal covariances: D1 = d / (1 + r)."""
    estimates = np.array([[[1.0, 0.0]], [[3.0, 0.0]]])
    covariances = np.tile(np.eye(2), (2, 1, 1, 1))
    statistic, freedom, _ = joint_test(estimates, covariances, complete=1000)
    ratio = 1.5 * 2 / 2  # (1 + 1/M) · tr(B Ū⁻¹) / 2 with B = diag(2, 0)
    assert statistic[0] == pytest.approx((4 / 2) / (1 + ratio))
    assert freedom[0] == pytest.approx(2 * 1.5 * (1 + 1 / ratio) ** 2 / 2)


def test_a_joint_test_is_right_five_times_in_a_hundred() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(1, 4000, 3)) * np.sqrt(2)
    estimates = truth + rng.normal(size=(20, 4000, 3))
    # The estimate's variance is 2 − 1, and the draws add 1.
    covariances = np.broadcast_to(np.eye(3), (20, 4000, 3, 3))
    _, _, p_value = joint_test(estimates, covariances, complete=10_000)
    assert (p_value < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_adjustment_over_topics_leaves_out_what_is_unknown() -> None:
    found = adjust(np.array([[0.01, 0.04, np.nan, 0.03]]))
    np.testing.assert_allclose(found.benjamini_hochberg, [[0.03, 0.04, np.nan, 0.04]])
    np.testing.assert_allclose(found.holm, [[0.03, 0.06, np.nan, 0.06]])


def test_adjustment_is_that_of_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p_values = np.random.default_rng(3).beta(0.4, 2, size=(5, 30))
    p_values[0, :3] = p_values[0, 3]  # ties
    found = adjust(p_values)
    for row, values in enumerate(p_values):
        expected = multipletests(values, method="fdr_bh")[1]
        np.testing.assert_allclose(found.benjamini_hochberg[row], expected, rtol=1e-12)
        expected = multipletests(values, method="holm")[1]
        np.testing.assert_allclose(found.holm[row], expected, rtol=1e-12)
