from __future__ import annotations

import numpy as np
import pytest

from theta.trends.smooth import smooth


def test_the_curve_is_whittakers_for_its_own_penalty():
    random = np.random.default_rng(0)
    y = np.sin(np.arange(20) / 3) + random.normal(0, 0.1, 20)
    variances = np.linspace(0.005, 0.02, 20)
    curve = smooth(y, variances)
    # A dense solution by the normal equations, at the strength that gives this freedom.
    differences = np.diff(np.eye(20), 2, axis=0)
    weights = np.diag(1 / variances)

    def solved(strength: float) -> tuple[np.ndarray, float]:
        inverse = np.linalg.inv(weights + strength * differences.T @ differences)
        return inverse @ weights @ y, float(np.trace(inverse @ weights))

    strengths = np.logspace(-2, 7, 46) * np.mean(1 / variances)
    fits = [solved(strength) for strength in strengths]
    nearest, _ = min(fits, key=lambda fit: abs(fit[1] - curve.freedom))
    np.testing.assert_allclose(curve.estimate, nearest, atol=1e-8)


def test_a_straight_line_stays_straight_across_gaps():
    y = 0.1 + 0.02 * np.arange(12.0)
    y[[0, 4, 5, 11]] = np.nan
    curve = smooth(y, np.full(12, 1e-4))
    assert np.isnan(curve.estimate[[0, 11]]).all()  # nothing is extrapolated
    np.testing.assert_allclose(curve.estimate[1:11], 0.1 + 0.02 * np.arange(1, 11), atol=1e-4)
    assert curve.freedom == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("course", ["flat", "line", "wave"])
def test_the_band_covers_the_truth(course):
    t = np.arange(30)
    truth = {"flat": 0.2 + 0 * t, "line": 0.1 + 0.01 * t, "wave": 0.2 + 0.1 * np.sin(t / 4)}[course]
    random = np.random.default_rng(1)
    covered = []
    for _ in range(60):
        curve = smooth(truth + random.normal(0, 0.03, 30), np.full(30, 0.03**2))
        covered.append(np.abs(curve.estimate - truth) <= 1.96 * curve.standard_error)
    assert 0.9 <= np.mean(covered) <= 0.99


def test_means_that_scatter_more_than_chance_widen_the_band():
    random = np.random.default_rng(2)
    y = 0.2 + random.normal(0, 0.03, 40)
    honest, too_sure = smooth(y, np.full(40, 9e-4)), smooth(y, np.full(40, 9e-6))
    assert too_sure.standard_error.mean() > 0.5 * honest.standard_error.mean()
