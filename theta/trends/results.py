"""Topics over time, as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.trends.words import PeriodWords

CLEAR = 0.05
"""Largest adjusted p-value of a trend or change that is reported as clear."""

Rows = Sequence[Sequence[float | None]]
"""One row per topic, with a value per period; None where there is none."""


class Shares(NamedTuple):
    """Mean shares by topic and period.

    Attributes
    ----------
    mean, standard_error, low, high, from_draws : rows
        With 95 % intervals, and the share of the variance that is due to the topic shares of
        documents not being known. None for periods of fewer than `MIN_DOCS` documents.
    smooth, smooth_low, smooth_high : rows
        A smooth curve through the means with its 95 % band.
    """

    mean: Rows
    standard_error: Rows
    low: Rows
    high: Rows
    from_draws: Rows
    smooth: Rows
    smooth_low: Rows
    smooth_high: Rows


class Trend(NamedTuple):
    """The straight line through the shares of a topic.

    Attributes
    ----------
    change, standard_error, low, high : float
        Of the share, per `Trends.per`, with the 95 % interval.
    p_value, p_bh : float
        As it is, and adjusted over the topics by Benjamini & Hochberg.
    """

    change: float
    standard_error: float
    low: float
    high: float
    p_value: float
    p_bh: float


@dataclass(frozen=True)
class Change:
    """A sudden change in the share of a topic.

    Attributes
    ----------
    topic : int
        Row of β.
    begin : str
        First day of the period in which the new level begins, ISO.
    before, after : float
        Mean shares between this change and the ones before and after it.
    p_value, p_bh : float
        Of the hypothesis that the topic has no change at all, as it is and adjusted over topics.
    """

    topic: int
    begin: str
    before: float
    after: float
    p_value: float
    p_bh: float


@dataclass(frozen=True)
class Trends:
    """The topics of a run over time.

    Attributes
    ----------
    unit : str
        day, week, month, quarter, year or decade.
    starts, ends : sequence of str
        First and last day of each period, ISO.
    counts : sequence of int
        Documents in each period.
    first, last : str
        First and last date of a document.
    per : {"year", "month", "day"}
        Unit of the trends.
    n_undated : int
        Documents without a date, which are left out.
    n_draws : int
        Draws from the posterior of the shares; 1 if they count as known.
    posterior : str
        What the draws are from.
    shares : Shares
    lines : sequence of Trend
        One per topic.
    changes : sequence of Change, optional
        The clear ones; None if they have not been searched for, and `notes` say why.
    words : sequence of PeriodWords
    words_from : str
        How the words were found: ``documents`` or ``model``.
    notes : sequence of str
    """

    unit: str
    starts: Sequence[str]
    ends: Sequence[str]
    counts: Sequence[int]
    first: str
    last: str
    per: str
    n_undated: int
    n_draws: int
    posterior: str
    shares: Shares
    lines: Sequence[Trend]
    changes: Sequence[Change] | None
    words: Sequence[PeriodWords]
    words_from: str = "documents"
    notes: Sequence[str] = ()

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Trends:
        """Return the trends that `to_json` wrote."""
        changes = record["changes"]
        return cls(
            **{
                **record,
                "shares": Shares(**record["shares"]),
                "lines": [Trend(*line) for line in record["lines"]],
                "changes": None if changes is None else [Change(**change) for change in changes],
                "words": [PeriodWords(**words) for words in record["words"]],
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Return the trends, ready for JSON."""
        record = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            **record,
            "shares": self.shares._asdict(),
            "lines": [list(line) for line in self.lines],
            "changes": None if self.changes is None else [asdict(one) for one in self.changes],
            "words": [asdict(one) for one in self.words],
        }

    def array(self, name: str) -> NDArray[np.float64]:
        """Return a field of `shares` as an array: (n_periods, num_topics), NaN for None."""
        return np.array(getattr(self.shares, name), dtype=np.float64).T
