"""Sudden changes in the share of a topic: where they are, and whether they exceed chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.errors import ThetaError
from theta.libraries import load_library

MIN_PERIODS = 6
"""Periods with a mean that the search for changes needs."""

MAX_CHANGES = 4

_EVIDENCE = 2.0
"""Difference of BIC to a smooth curve: positive evidence by Raftery (1995),
https://doi.org/10.2307/271063."""

_SHORTEST = 2
"""Periods between two changes, at least."""


class Steps(NamedTuple):
    """Shares that are constant between changes.

    Attributes
    ----------
    begins : sequence of int
        The period in which each level but the first begins.
    levels : sequence of float
        The mean share of each level, one more than changes.
    p_value : float
        Of the hypothesis that nothing changes; it accounts for all places where a change could be,
        and for all numbers of changes.
    """

    begins: Sequence[int]
    levels: Sequence[float]
    p_value: float


def change_library_missing() -> str | None:
    """Return why changes cannot be searched for, or None."""
    try:
        _library()
    except ThetaError as missing:
        return str(missing)
    return None


def _library() -> object:
    return load_library(
        "ruptures",
        ThetaError("change points need the library ruptures: pip install 'theta-topics[trends]'"),
    )


def find_steps(
    means: NDArray[np.float64], variances: NDArray[np.float64], smooth: tuple[float, float]
) -> Steps | None:
    """Return the sudden changes in the means of periods; None if there are none.

    The best places for 1 to `MAX_CHANGES` changes are found by dynamic programming (the library
    ruptures: Truong, Oudre & Vayatis 2020, https://doi.org/10.1016/j.sigpro.2019.107299), and their
    number by BIC. Two things guard against false alarms. Each number of changes gets an F test,
    whose p-value is multiplied by the number of places that the changes could have had and by the
    number of numbers (Bonferroni): the share of false alarms is at most the level, whatever the
    places. And changes must describe the means better than a smooth curve does, by BIC: a steady
    rise is no change.

    Parameters
    ----------
    means, variances : (n_periods,) float64
        NaN for periods without a mean; at least `MIN_PERIODS` have one.
    smooth : (float, float)
        Effective number of parameters of the smooth curve, and the weighted sum of squares that
        it leaves.

    Raises
    ------
    ThetaError
        If the library is not installed.
    """
    from scipy.special import binom, fdtrc

    ruptures = _library()
    known = np.flatnonzero(np.isfinite(means))
    y, weights = means[known], 1 / variances[known]
    n = len(known)
    signal = np.sqrt(weights) * (y - np.average(y, weights=weights))
    at_rest = float((signal**2).sum())
    most = min(MAX_CHANGES, (n - 2) // _SHORTEST)
    search = ruptures.KernelCPD(kernel="linear", min_size=_SHORTEST).fit(signal)  # type: ignore[attr-defined]
    found: list[tuple[float, float, list[int]]] = []
    for n_changes in range(1, most + 1):
        ends = search.predict(n_bkps=n_changes)
        left = _residual(y, weights, ends)
        freedom = n - n_changes - 1
        # Means that scatter less than their variances allow do so by chance.
        noise = max(left / freedom, 1.0)
        statistic = max(at_rest - left, 0.0) / n_changes / noise
        chance = float(binom(n - 1, n_changes) * fdtrc(n_changes, freedom, statistic))
        found.append((_bic(left, 2 * n_changes + 1, n), min(1.0, most * chance), ends[:-1]))
    bic, _, begins = min(found)
    if bic > _bic(smooth[1], smooth[0], n) - _EVIDENCE:
        return None
    parts = np.split(np.arange(n), begins)
    levels = [float(np.average(y[part], weights=weights[part])) for part in parts]
    p_value = min(chance for _, chance, _ in found)
    return Steps([int(known[begin]) for begin in begins], levels, p_value)


def _residual(y: NDArray[np.float64], weights: NDArray[np.float64], ends: Sequence[int]) -> float:
    left = 0.0
    for part in np.split(np.arange(len(y)), ends[:-1]):
        level = np.average(y[part], weights=weights[part])
        left += float((weights[part] * (y[part] - level) ** 2).sum())
    return left


def _bic(residual: float, freedom: float, n: int) -> float:
    """Return Schwarz's criterion; the variance is at least that of chance."""
    dispersion = max(residual / n, 1.0)
    return float(n * np.log(dispersion) + residual / dispersion + freedom * np.log(n))
