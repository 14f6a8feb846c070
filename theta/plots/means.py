"""Mean topic weights by period of time and by group of documents, with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Labels
from theta.errors import InvalidOption
from theta.options.model_names import AUTO
from theta.options.run import PERIODS

MIN_DOCS = 5
"""Means of fewer documents are omitted as unreliable."""

_MAX_PERIODS = 40
"""Periods that are chosen automatically number at most this."""

_MOST_PERIODS = 1000

_NEARLY_ALL = 0.9
"""Share of the documents in periods that have enough of them for a mean."""

# By name: NumPy unit, units per period, units by which period 0 begins before 1970.
# 1 January 1970 was a Thursday, and weeks begin on Monday (ISO 8601).
_UNITS = {
    "day": ("D", 1, 0),
    "week": ("D", 7, 3),
    "month": ("M", 1, 0),
    "quarter": ("M", 3, 0),
    "year": ("Y", 1, 0),
    "decade": ("Y", 10, 0),
}


@dataclass(frozen=True)
class GroupMeans:
    """Mean topic weights of groups of documents, with 95 % confidence intervals.

    Attributes
    ----------
    mean, low, high : (n_sets, num_topics) float64
        NaN for sets of fewer than `MIN_DOCS` documents. Student's t intervals, clipped to 0…1.
    counts : (n_sets,) int64
        Documents in each set.
    """

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Periods:
    """Consecutive periods from the first document to the last.

    Attributes
    ----------
    unit : str
        day, week, month, quarter, year or decade.
    starts : (n_periods,) datetime64[D]
    codes : (n_docs,) int64
        The period of each document, or `UNLABELLED` without a date.
    ends : (n_periods,) datetime64[D]
        Last day of each period.
    """

    unit: str
    starts: NDArray[np.datetime64]
    codes: NDArray[np.int64]
    ends: NDArray[np.datetime64]


def periods_of(times: NDArray[np.datetime64], unit: str = AUTO) -> Periods:
    """Return the periods of documents.

    By default the finest (day to decade) that number at most forty and hold nearly all documents
    in periods of at least `MIN_DOCS`; if none do, the finest that number at most forty. Longer ones
    take their place if they tell the documents apart as well, as years do if all dates are in June.

    Parameters
    ----------
    times : (n_docs,) datetime64[D]
        NaT for a document without a date.
    unit : str
        ``auto``, or one of `PERIODS`.

    Raises
    ------
    InvalidOption
        If there are fewer than two distinct dates, or the unit gives one period or too many.
    """
    reason = why_no_periods(times)
    if reason is not None:
        raise InvalidOption(reason)
    if unit != AUTO:
        return _checked(_cut(times, unit), times)
    cuts = [cut for name in PERIODS if len((cut := _cut(times, name)).starts) <= _MAX_PERIODS]
    full = [cut for cut in cuts if len(cut.starts) > 1 and _share_in_full(cut) >= _NEARLY_ALL]
    as_many = [cut for cut in full if _filled(cut) == _filled(full[0])]
    return next(iter(as_many[::-1] or cuts), _cut(times, PERIODS[-1]))


def _cut(times: NDArray[np.datetime64], name: str) -> Periods:
    unit, step, shift = _UNITS[name]
    dated = ~np.isnat(times)
    numbers = (times.astype(f"datetime64[{unit}]").astype(np.int64) + shift) // step
    first, last = int(numbers[dated].min()), int(numbers[dated].max())
    codes = np.where(dated, numbers - first, UNLABELLED)
    starts = (np.arange(first, last + 2) * step - shift).astype(f"datetime64[{unit}]")
    days = starts.astype("datetime64[D]")
    return Periods(name, days[:-1], codes, days[1:] - 1)


def _filled(periods: Periods) -> int:
    """Return the number of periods with documents."""
    return len(np.unique(periods.codes[periods.codes >= 0]))


def _share_in_full(periods: Periods) -> float:
    """Return the share of the dated documents in periods with enough documents for a mean."""
    counts = np.bincount(periods.codes[periods.codes >= 0])
    return float(counts[counts >= MIN_DOCS].sum() / counts.sum())


def _checked(periods: Periods, times: NDArray[np.datetime64]) -> Periods:
    n, unit = len(periods.starts), periods.unit
    if n < 2:
        raise InvalidOption(
            f"--period {unit}: all documents are of one {unit}; choose a shorter period"
        )
    if n > _MOST_PERIODS:
        fits = next(
            name for name in PERIODS if name == "decade" or len(_cut(times, name).starts) <= n // 2
        )
        raise InvalidOption(
            f"--period {unit}: the dates span {n:,} periods, more than {_MOST_PERIODS:,}; choose a "
            f"longer one, such as {fits}"
        )
    return periods


def why_no_periods(times: NDArray[np.datetime64]) -> str | None:
    """Return why these dates cannot be divided into periods, or None."""
    if len(np.unique(times[~np.isnat(times)])) < 2:
        return "the documents have fewer than two different dates"
    return None


def means_by_code(
    doc_topic: NDArray[np.floating[Any]], codes: NDArray[np.integer[Any]], n_codes: int
) -> GroupMeans:
    """Return the mean of θ over the documents of each code.

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ.
    codes : (n_docs,) int
        0 … n_codes - 1, or negative for excluded documents.
    n_codes : int

    Returns
    -------
    GroupMeans
    """
    # scipy.stats has the same quantile but takes a second to import.
    from scipy.special import stdtrit

    kept = np.flatnonzero(codes >= 0)
    kept = kept[np.argsort(codes[kept], kind="stable")]
    counts = np.bincount(codes[kept], minlength=n_codes).astype(np.int64)
    ends = np.cumsum(counts)
    mean = np.full((n_codes, doc_topic.shape[1]), np.nan)
    half = np.full_like(mean, np.nan)
    for code in np.flatnonzero(counts >= MIN_DOCS):
        n = int(counts[code])
        rows = np.asarray(doc_topic[kept[ends[code] - n : ends[code]]], dtype=np.float64)
        mean[code] = rows.mean(axis=0)
        half[code] = stdtrit(n - 1, 0.975) * rows.std(axis=0, ddof=1) / np.sqrt(n)
    return GroupMeans(mean, np.clip(mean - half, 0, 1), np.clip(mean + half, 0, 1), counts)


def means_by_group(doc_topic: NDArray[np.floating[Any]], labels: Labels) -> GroupMeans:
    """Return the mean of θ over the documents of each label."""
    return means_by_code(doc_topic, labels.codes, len(labels.names))
