"""Effects and their errors against known answers, and against chance."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.sparse import csr_array

from scripts import bench_stm_effects
from theta.effects.covariate_table import Effect, effects_table
from theta.effects.permutation import permutation_test
from theta.effects.pooling import pool
from theta.effects.regression import Regression
from theta.models.stm_posterior import CoefficientError, Prior, StmPosterior


def test_long_documents_give_the_errors_of_least_squares() -> None:
    """Shares that words tell exactly: effect and error are those of ordinary regression."""
    rng = np.random.default_rng(0)
    n_docs, n_words = 120, 40
    by_word = rng.dirichlet(np.full(n_words, 0.05), 3).T
    theta = rng.dirichlet(np.ones(3), n_docs)
    bow = csr_array(np.round(200_000 * theta @ by_word.T).astype(np.int32))
    group = rng.random(n_docs) < 0.4
    x = np.column_stack([np.ones(n_docs), group, rng.normal(size=n_docs)])
    prior = Prior(np.zeros((3, 2)), np.eye(2) / 100, by_word)
    error = CoefficientError(np.linalg.cholesky(np.linalg.inv(x.T @ x)), 10 * np.eye(2))
    regression = Regression(x, "share")
    fits = [regression.fit(draw) for draw in StmPosterior(bow, x, prior, error).draws(20, seed=0)]
    variances = np.array([np.diagonal(fit.covariance, axis1=1, axis2=2).T for fit in fits])
    found = pool(np.array([fit.coefficients for fit in fits]), variances, 117)
    for topic in range(3):
        expected = sm.OLS(theta[:, topic], x).fit(cov_type="HC3")
        np.testing.assert_allclose(found.estimate[:, topic], expected.params, atol=2e-3)
        np.testing.assert_allclose(found.standard_error[:, topic], expected.bse, rtol=0.02)


def test_a_collinear_twin_is_not_given_half_of_the_effect() -> None:
    """What pinv did with two columns that say the same: each got half."""
    rng = np.random.default_rng(1)
    group = rng.random(100) < 0.5
    theta = rng.dirichlet([2, 2], 100)
    alone = np.column_stack([np.ones(100), group])
    twice = np.column_stack([alone, group])
    half = np.linalg.pinv(twice.T @ twice) @ twice.T @ theta
    whole = np.linalg.lstsq(alone, theta, rcond=None)[0]
    np.testing.assert_allclose(half[1], whole[1] / 2)


def test_permutation_p_values_are_those_of_counting() -> None:
    """One column, one topic pair: the share of permutations with at least this difference."""
    theta = np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.3])
    theta = np.column_stack([theta, 1 - theta])
    x = np.column_stack([np.ones(6), [1, 1, 1, 0, 0, 0]])
    found = permutation_test(theta, x, [[1]], seed=0)
    # 2 of the 20 ways to choose three documents differ this much.
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], 0.1, atol=0.03)


def test_shuffled_covariates_have_no_effect_nineteen_times_in_twenty() -> None:
    rates = bench_stm_effects.measure(n_corpora=3, n_docs=120, length=20, max_iter=8)
    assert rates.covariates == 30
    # Binomial: more than 5 of 30 at 5 % happen in 0.3 % of cases.
    assert rates.clear <= 5 / 30
    assert rates.outside <= 0.12
    assert rates.z_deviation == pytest.approx(1, abs=0.25)


@pytest.mark.slow
def test_shuffled_covariates_by_the_hundred() -> None:
    rates = bench_stm_effects.measure(n_corpora=20, n_docs=300, length=50)
    assert rates.covariates == 200
    # 5 % of 200 is 10, with a standard deviation of 3.1.
    assert rates.clear <= 19 / 200
    assert rates.outside == pytest.approx(0.05, abs=0.025)


def test_an_interval_follows_its_degrees_of_freedom() -> None:
    effect = Effect(0, "cov_x", None, None, 1.0, 0.5, 0.01, 10)
    # 2.228 is the 97.5 % point of t with 10 degrees of freedom.
    assert effect.interval == pytest.approx((1 - 0.5 * 2.228, 1 + 0.5 * 2.228), abs=1e-3)


def test_the_console_shows_what_is_clear_and_its_interval() -> None:
    rows = [
        {"topic": 0, "effect": 0.1, "standard_error": 0.06, "p_value": 0.04},
        {"topic": 1, "effect": -0.1, "standard_error": 0.03, "p_value": 0.2},
    ]
    named = {"covariate": "cov_x", "level": None, "reference": None}
    table = effects_table([{**named, **row} for row in rows], [["a", "b", "c"], ["d", "e", "f"]])
    assert len(table.sentences) == 2
    assert "topic 0 (a b c): 10 percentage points more per unit of cov_x" in table.sentences[1]
    assert "(95 %: -1.76 to 21.8; p 0.040)" in table.sentences[1]
    assert table.columns[-1] == "p_value"
