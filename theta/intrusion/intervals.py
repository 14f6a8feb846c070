"""Intervals of shares and means of answers.

Answers about one topic are alike, so the answers of a run are not independent: its intervals are
computed over topics, like those of the other metrics.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_TAIL = 0.975
"""95 % two-sided."""

_Z = NormalDist().inv_cdf(_TAIL)

LOWEST_RATING, HIGHEST_RATING = 1, 3


def _student_quantile(freedom: int) -> float:
    """Return the quantile of Student's t with some degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, _TAIL))


def wilson_interval(
    share: ArrayLike, n: ArrayLike, quantile: ArrayLike = _Z
) -> tuple[Floats, Floats]:
    """Return Wilson's score interval of a share.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Parameters
    ----------
    share : array of float
        Share of the answers that are right.
    n : array of float
        Number of answers, or effective number.
    quantile : array of float
        Of the standard normal distribution, or of another one in its place.

    Returns
    -------
    low, high : arrays of float
    """
    p, n, z = (np.asarray(value, dtype=np.float64) for value in (share, n, quantile))
    spread = z * np.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
    centre, scale = p + z**2 / (2 * n), 1 + z**2 / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    # At 0 and 1 the sums above leave a remainder of rounding.
    return np.where(p == 0, 0.0, low), np.where(p == 1, 1.0, high)


def share_interval(right: ArrayLike, answers: ArrayLike) -> tuple[Floats, Floats]:
    """Return the interval of the share of right answers over topics.

    Wilson's interval with the effective number of answers and a quantile of Student's t, as for
    clustered samples (Korn & Graubard 1998, Survey Methodology 24; Franco et al. 2019, Journal of
    Survey Statistics and Methodology 7). Where all answers are right, or all wrong, each topic
    counts as one answer.

    Parameters
    ----------
    right, answers : (..., num_topics)
        Number of right answers and of answers for each topic; at least two topics, each with an
        answer.

    Returns
    -------
    low, high : (...) float
    """
    right, answers = (np.asarray(value, dtype=np.float64) for value in (right, answers))
    num_topics = answers.shape[-1]
    total = answers.sum(axis=-1)
    share = right.sum(axis=-1) / total
    residuals = right - share[..., None] * answers
    variance = num_topics / (num_topics - 1) * (residuals**2).sum(axis=-1) / total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = share * (1 - share) / variance
    effective = np.where(variance > 0, effective, np.where(share % 1 == 0, num_topics, total))
    return wilson_interval(share, np.maximum(effective, 1), _student_quantile(num_topics - 1))


def mean_interval(means: ArrayLike) -> tuple[Floats, Floats]:
    """Return the interval (Student's t) of the mean rating over topics, within the scale.

    Parameters
    ----------
    means : (..., num_topics) float
        Mean rating of each topic; at least two topics.

    Returns
    -------
    low, high : (...) float
    """
    values = np.asarray(means, dtype=np.float64)
    n = values.shape[-1]
    half = _student_quantile(n - 1) * values.std(axis=-1, ddof=1) / np.sqrt(n)
    mean = values.mean(axis=-1)
    return np.maximum(mean - half, LOWEST_RATING), np.minimum(mean + half, HIGHEST_RATING)


def difference_interval(
    first: tuple[Any, Any, Any], second: tuple[Any, Any, Any]
) -> tuple[Any, Any]:
    """Return the interval of the difference of two independent values from their own intervals.

    Newcombe (1998), Statistics in Medicine 17, method 10, extended to any pair of intervals (Zou &
    Donner 2008, Statistics in Medicine 27).

    Parameters
    ----------
    first, second : (value, low, high)
        Numbers or arrays.
    """
    (a, a_low, a_high), (b, b_low, b_high) = first, second
    difference = np.asarray(a) - b
    low = difference - np.hypot(np.asarray(a) - a_low, np.asarray(b_high) - b)
    high = difference + np.hypot(np.asarray(a_high) - a, np.asarray(b) - b_low)
    return low, high
