"""Bootstrap intervals, and metrics that are means over topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Metric
from theta.i18n.message import Message

N_RESAMPLES = 1000
CONFIDENCE = 0.95
_CELLS = 2_000_000  # of the matrix of resampled rows in memory at a time


def bootstrap_interval(
    values: NDArray[np.floating[Any]],
    weights: NDArray[np.floating[Any]] | None = None,
    *,
    seed: int,
) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of Σ values / Σ weights, rows resampled together.

    Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 13.3.

    Parameters
    ----------
    values : (n,) float
    weights : (n,) float, optional
        Ones by default: the interval of the mean.
    seed : int

    Returns
    -------
    (low, high) or None
        None with fewer than two rows.
    """
    n = len(values)
    if n < 2:
        return None
    rng = np.random.default_rng(seed)
    estimates = np.empty(N_RESAMPLES)
    step = max(1, _CELLS // n)
    for first in range(0, N_RESAMPLES, step):
        rows = rng.integers(n, size=(min(step, N_RESAMPLES - first), n))
        totals = n if weights is None else weights[rows].sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimates[first : first + step] = values[rows].sum(axis=1) / totals
    tail = (1 - CONFIDENCE) / 2
    # The ratio of a resample is undefined if all its rows have weight 0.
    low, high = np.quantile(estimates[np.isfinite(estimates)], [tail, 1 - tail])
    return float(low), float(high)


def mean_over_topics(
    name: str,
    per_topic: NDArray[np.floating[Any]],
    definition: str,
    *,
    undefined: str,
    seed: int,
    documents: str = "",
) -> Metric:
    """Return a metric as the mean of its defined values per topic.

    Parameters
    ----------
    name, definition : str
    per_topic : (num_topics,) float
        NaN for a topic for which the metric is undefined.
    undefined : str
        Why it is undefined for such a topic; part of the definition, with their number, or the
        reason if it is undefined for all topics.
    seed : int
    documents : str
        As in `Metric`.
    """
    defined = per_topic[np.isfinite(per_topic)]
    values = as_list(per_topic)
    if not len(defined):
        reason = Message("every topic {undefined}", undefined=undefined)
        return Metric(name, None, definition, values, reason=reason)
    left_out = len(per_topic) - len(defined)
    if left_out:
        definition = Message(
            "{definition}; {n_left_out} of {num_topics} topics left out: each {undefined}",
            definition=definition,
            n_left_out=left_out,
            num_topics=len(per_topic),
            undefined=undefined,
        )
    interval = bootstrap_interval(defined, seed=seed)
    return Metric(name, float(defined.mean()), definition, values, interval, documents=documents)


def as_list(per_topic: NDArray[np.floating[Any]]) -> Sequence[float | None]:
    """Return floats, None for values that are not finite."""
    return [float(value) if np.isfinite(value) else None for value in per_topic]
