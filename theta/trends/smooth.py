"""A smooth curve through the means of equal periods: Whittaker's smoother.

Whittaker (1923), https://doi.org/10.1017/S0013091500077853; Eilers (2003),
https://doi.org/10.1021/ac034173t. The curve is penalised for its second differences. How smooth it
is, is found by restricted maximum likelihood; the band is the posterior one of Nychka (1988),
https://doi.org/10.1080/01621459.1988.10478711, which holds the error of smoothing too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MIN_PERIODS = 4
"""Periods with a mean that a curve needs."""

_PENALTIES = 10 ** np.linspace(-2, 7, 46)
"""Candidates, relative to the mean weight of a period. The largest gives a straight line."""


class Curve(NamedTuple):
    """A smooth curve of one topic.

    Attributes
    ----------
    estimate, standard_error : (n_periods,) float64
        Also in periods without a mean between the first and the last that have one; NaN outside.
    freedom : float
        Effective number of parameters: 2 for a straight line.
    residual : float
        Weighted sum of squares of what the curve leaves.
    """

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    freedom: float
    residual: float


def smooth(means: NDArray[np.float64], variances: NDArray[np.float64]) -> Curve:
    """Return a smooth curve through the means of consecutive periods.

    Parameters
    ----------
    means : (n_periods,) float64
        NaN for periods without a mean; at least `MIN_PERIODS` have one.
    variances : (n_periods,) float64
        Of the means, positive. If the means scatter more about the curve, the band is widened.
    """
    from scipy.linalg import cho_solve_banded, cholesky_banded

    known = np.flatnonzero(np.isfinite(means))
    inside = slice(known[0], known[-1] + 1)
    y = np.nan_to_num(means[inside])
    weights = np.where(np.isfinite(means[inside]), 1 / variances[inside], 0.0)
    n, n_known = len(y), len(known)
    penalty = _second_differences(n)
    scale = weights.sum() / n_known
    best, chosen = np.inf, None
    for strength in _PENALTIES * scale:
        banded = strength * penalty
        banded[-1] += weights
        factor = cholesky_banded(banded)
        fitted = cho_solve_banded((factor, False), weights * y)
        residual = float((weights * (y - fitted) ** 2).sum())
        total = residual + strength * float((np.diff(fitted, 2) ** 2).sum())
        # The variances are a lower bound: periods may differ for reasons other than chance.
        dispersion = max(total / (n_known - 2), 1.0)
        criterion = (
            (n_known - 2) * np.log(dispersion)
            + total / dispersion
            + 2 * np.log(factor[-1]).sum()
            - (n - 2) * np.log(strength)
        )
        if criterion < best:
            best, chosen = criterion, (factor, fitted, residual, dispersion)
    assert chosen is not None
    factor, fitted, residual, dispersion = chosen
    covariance = cho_solve_banded((factor, False), np.eye(n))
    estimate, error = np.full((2, len(means)), np.nan)
    estimate[inside] = fitted
    error[inside] = np.sqrt(dispersion * np.diag(covariance))
    freedom = float((np.diag(covariance) * weights).sum())
    return Curve(estimate, error, freedom, residual)


def _second_differences(n: int) -> NDArray[np.float64]:
    """Return D'D of second differences in the upper banded form of LAPACK: (3, n)."""
    differences = np.diff(np.eye(n), 2, axis=0)
    gram = differences.T @ differences
    banded = np.zeros((3, n))
    for above in range(3):
        banded[2 - above, above:] = np.diag(gram, above)
    return banded
