"""Estimates from several draws of the shares, combined; and adjustment for many topics.

Rubin (1987), Multiple Imputation for Nonresponse in Surveys; Barnard & Rubin (1999),
https://doi.org/10.1093/biomet/86.4.948; Li, Raghunathan & Rubin (1991),
https://doi.org/10.1080/01621459.1991.10475152.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

COVERAGE = 0.95


class Pooled(NamedTuple):
    """Estimates with the uncertainty of the draws in their errors; all of one shape.

    Attributes
    ----------
    estimate, standard_error : float64 array
    degrees_of_freedom : float64 array
        Of the t distribution of an estimate over its error.
    share_of_draws : float64 array
        Share of the variance that is due to the shares not being known, 0 … 1.
    """

    estimate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    degrees_of_freedom: NDArray[np.float64]
    share_of_draws: NDArray[np.float64]

    @property
    def p_value(self) -> NDArray[np.float64]:
        """Two-sided, for the hypothesis that the quantity is 0; NaN without an error."""
        from scipy.special import stdtr

        with np.errstate(divide="ignore", invalid="ignore"):
            t = np.abs(self.estimate) / self.standard_error
        p: NDArray[np.float64] = 2 * stdtr(self.degrees_of_freedom, -t)
        return p

    def interval(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the ends of the 95 % interval."""
        from scipy.special import stdtrit

        margin = stdtrit(self.degrees_of_freedom, (1 + COVERAGE) / 2) * self.standard_error
        return self.estimate - margin, self.estimate + margin


def pool(
    estimates: NDArray[np.float64],
    variances: NDArray[np.float64],
    complete: float | NDArray[np.float64],
) -> Pooled:
    """Combine the estimates of several draws by Rubin's rules.

    The variance is the mean of the draws' own plus 1 + 1/M times the variance between them.

    Parameters
    ----------
    estimates, variances : (n_draws, ...) float64
        With one draw, the shares count as known.
    complete : float or array
        Degrees of freedom if the shares were known; an array is broadcast to the estimates.
    """
    n_draws = len(estimates)
    mean, within = estimates.mean(axis=0), variances.mean(axis=0)
    if n_draws == 1:
        zeros = np.zeros_like(mean)
        return Pooled(mean, np.sqrt(within), np.full_like(mean, complete), zeros)
    between = (1 + 1 / n_draws) * estimates.var(axis=0, ddof=1)
    total = within + between
    share = np.divide(between, total, out=np.zeros_like(total), where=total > 0)
    # Barnard & Rubin: the degrees of freedom of the draws and those of the regression.
    with np.errstate(divide="ignore"):
        of_draws = (n_draws - 1) / share**2
    of_data = (complete + 1) / (complete + 3) * complete * (1 - share)
    freedom = np.where(share >= 1, of_draws, 1 / (1 / of_draws + 1 / np.maximum(of_data, 1e-300)))
    return Pooled(mean, np.sqrt(total), freedom, share)


def joint_test(
    estimates: NDArray[np.float64], covariances: NDArray[np.float64], complete: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Test that several coefficients are all 0, for each topic.

    The statistic D1 of Li, Raghunathan & Rubin, with the degrees of freedom limited by those of the
    regression; with one draw it is Wald's.

    Parameters
    ----------
    estimates : (n_draws, num_topics, n_tested) float64
    covariances : (n_draws, num_topics, n_tested, n_tested) float64
    complete : float

    Returns
    -------
    statistic, degrees_of_freedom, p_value : (num_topics,) float64
        An F statistic with `n_tested` and so many degrees of freedom.
    """
    from scipy.special import fdtrc

    n_draws, _, n_tested = estimates.shape
    mean, within = estimates.mean(axis=0), covariances.mean(axis=0)
    known = np.isfinite(mean).all(axis=1) & np.isfinite(within).all(axis=(1, 2))
    within = np.where(known[:, None, None], within, np.eye(n_tested))
    inverse = np.linalg.inv(within)
    ratio = np.zeros(len(mean))
    if n_draws > 1:
        away = estimates - mean
        between = np.einsum("mka,mkb->kab", away, away) / (n_draws - 1)
        ratio = (1 + 1 / n_draws) * np.einsum("kab,kba->k", between, inverse) / n_tested
    statistic = np.einsum("ka,kab,kb->k", mean, inverse, mean) / (n_tested * (1 + ratio))
    freedom = np.full(len(mean), float(complete))
    if n_draws > 1:
        freedom = np.minimum(freedom, _freedom_of_draws(n_tested * (n_draws - 1), n_tested, ratio))
    p_value = np.where(known, fdtrc(n_tested, freedom, np.nan_to_num(statistic)), np.nan)
    return np.where(known, statistic, np.nan), freedom, p_value


def _freedom_of_draws(t: int, n_tested: int, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the denominator's degrees of freedom of D1, equation 1.17 and below."""
    with np.errstate(divide="ignore"):
        if t > 4:
            return 4 + (t - 4) * (1 + (1 - 2 / t) / ratio) ** 2
        return t * (1 + 1 / n_tested) * (1 + 1 / ratio) ** 2 / 2


class Adjusted(NamedTuple):
    """P-values adjusted for several topics, of the shape of the given ones.

    Attributes
    ----------
    benjamini_hochberg : float64 array
        Controls the expected share of false discoveries.
    holm : float64 array
        Controls the probability of any false discovery.
    """

    benjamini_hochberg: NDArray[np.float64]
    holm: NDArray[np.float64]


def adjust(p_values: NDArray[np.float64]) -> Adjusted:
    """Adjust the p-values of each row for their number; NaN stays and does not count.

    Parameters
    ----------
    p_values : (n_quantities, num_topics) float64
    """
    from scipy.stats import false_discovery_control

    found = Adjusted(np.full_like(p_values, np.nan), np.full_like(p_values, np.nan))
    for row, values in enumerate(p_values):
        known = np.isfinite(values)
        if known.any():
            found.benjamini_hochberg[row, known] = false_discovery_control(values[known])
            found.holm[row, known] = _holm(values[known])
    return found


def _holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p-values adjusted by Holm (1979, "A simple sequentially rejective test procedure").

    The function of statsmodels collects garbage at every call, which takes longer than the rest.
    """
    order = np.argsort(p_values)
    scaled = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return adjusted
