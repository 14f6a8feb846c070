"""Correlations of topics and mean shares by group, with the uncertainty of the shares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.effects.correlations import MIN_TOPICS, Correlations, TopicCorrelations
from theta.effects.means import GroupedMeans, MeanShares
from theta.plots.groups import DocumentGroups
from theta.plots.means import MIN_DOCS, GroupMeans

CLEAR = 0.05
"""Largest adjusted p-value of a correlation that is drawn."""

_MOST_GROUPS = 200
"""Values of a column whose shares are kept: those with the most documents."""


class Pair(NamedTuple):
    """The correlation of two topics.

    Attributes
    ----------
    first, second : int
        Rows of β.
    correlation, low, high : float
        With the 95 % interval.
    p_value, p_bh : float
        As it is, and adjusted over the pairs by Benjamini & Hochberg.
    raw : float, optional
        Pearson correlation of the shares; None for a share without variance.
    """

    first: int
    second: int
    correlation: float
    low: float
    high: float
    p_value: float
    p_bh: float
    raw: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the correlation is clear after adjustment; its interval then excludes 0."""
        return self.p_bh <= CLEAR and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class GroupShares:
    """Mean topic shares of the documents with one value of a column.

    Attributes
    ----------
    column, value : str
        The column is empty for the label.
    documents : int
    mean, standard_error, low, high, from_draws : sequence of float
        One per topic; see `theta.effects.means.MeanShares`.
    """

    column: str
    value: str
    documents: int
    mean: Sequence[float]
    standard_error: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    from_draws: Sequence[float]


@dataclass(frozen=True)
class Relations:
    """How the topics of a run correlate, and their shares in groups of documents.

    Attributes
    ----------
    n_docs : int
    n_draws : int
        Draws from the posterior of the shares; 1 if they count as known.
    posterior : str
        What the draws are from.
    pairs : sequence of Pair, optional
        None if there are too few topics or documents.
    groups : sequence of GroupShares
        Values with at least `MIN_DOCS` documents.
    notes : sequence of str
    """

    n_docs: int
    n_draws: int
    posterior: str
    pairs: Sequence[Pair] | None
    groups: Sequence[GroupShares]
    notes: Sequence[str] = ()

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Relations:
        """Return the relations that `to_json` wrote."""
        pairs = record["pairs"]
        return cls(
            **{
                **record,
                "pairs": None if pairs is None else [Pair(*pair) for pair in pairs],
                "groups": [GroupShares(**group) for group in record["groups"]],
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Return the relations, ready for JSON."""
        pairs = None if self.pairs is None else [list(pair) for pair in self.pairs]
        return {
            "n_docs": self.n_docs,
            "n_draws": self.n_draws,
            "posterior": self.posterior,
            "pairs": pairs,
            "groups": [asdict(group) for group in self.groups],
            "notes": list(self.notes),
        }

    def means_of(self, column: str, names: Sequence[str]) -> GroupMeans:
        """Return the means of the values of a column; NaN for those that have none.

        Parameters
        ----------
        column : str
        names : sequence of str
            Its values.
        """
        known = {group.value: group for group in self.groups if group.column == column}
        num_topics = len(self.groups[0].mean) if self.groups else 0
        nothing = [math.nan] * num_topics

        def rows(field: str) -> NDArray[np.float64]:
            found = [getattr(known[name], field) if name in known else nothing for name in names]
            return np.array(found, dtype=np.float64).reshape(len(names), num_topics)

        counts = np.array([known[name].documents if name in known else 0 for name in names])
        return GroupMeans(rows("mean"), rows("low"), rows("high"), counts)

    @property
    def clear(self) -> list[Pair]:
        """The clear correlations, the strongest first."""
        found = [pair for pair in self.pairs or () if pair.is_clear]
        return sorted(found, key=lambda pair: -abs(pair.correlation))


class RelationEstimator:
    """Collects draws of θ and estimates the relations of topics.

    Parameters
    ----------
    n_docs, num_topics : int
    groups : sequence of DocumentGroups
    seed : int

    Attributes
    ----------
    notes : list of str
        What cannot be estimated, and why.
    """

    def __init__(
        self,
        n_docs: int,
        num_topics: int,
        groups: Sequence[DocumentGroups],
        seed: int,
    ) -> None:
        self._n_docs, self._columns = n_docs, groups
        self.notes: list[str] = []
        self._pairs: TopicCorrelations | None = None
        if num_topics < MIN_TOPICS:
            self.notes.append(
                f"correlations need {MIN_TOPICS} topics; there are {num_topics}: with so few, the "
                "constraint that shares add up to one cannot be told from correlation"
            )
        elif n_docs < 2 * num_topics:
            self.notes.append(
                f"correlations of {num_topics} topics need {2 * num_topics} documents; there are "
                f"{n_docs}"
            )
        else:
            self._pairs = TopicCorrelations(n_docs, num_topics, seed)
        self._means = [
            GroupedMeans(group.labels.codes, len(group.labels.names), MIN_DOCS) for group in groups
        ]
        self._n_draws = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to estimate; `notes` say why topics are not correlated."""
        return self._pairs is None and not self._columns

    def add(self, draw: NDArray[np.floating[Any]]) -> None:
        """Add a draw of θ of all documents: (n_docs, num_topics)."""
        self._n_draws += 1
        for means in self._means:
            means.add(draw)
        if self._pairs is not None:
            self._pairs.add(draw)

    def combined(self, posterior: str = "") -> Relations:
        """Return the relations over the draws; one draw counts as known.

        `posterior` names what the draws are from.
        """
        notes = list(self.notes)
        groups: list[GroupShares] = []
        for column, means in zip(self._columns, self._means, strict=True):
            own, n_left_out = _group_shares(column, means.combined())
            groups += own
            if n_left_out:
                values = "1 value has" if n_left_out == 1 else f"{n_left_out:,} values have"
                notes.append(
                    f"{values} no mean shares in the column {column.title('en')}: with fewer than "
                    f"{MIN_DOCS} documents, or beyond the {_MOST_GROUPS} most frequent"
                )
        return Relations(
            n_docs=self._n_docs,
            n_draws=self._n_draws,
            posterior=posterior,
            pairs=None if self._pairs is None else _known_pairs(self._pairs.combined()),
            groups=groups,
            notes=notes,
        )


def _known_pairs(found: Correlations) -> list[Pair]:
    columns = (found.estimate, found.low, found.high, found.p_value, found.p_bh)
    pairs = zip(found.pairs.tolist(), zip(*columns, strict=True), found.raw.tolist(), strict=True)
    return [
        Pair(first, second, *map(float, numbers), raw if math.isfinite(raw) else None)  # type: ignore[call-arg]
        for (first, second), numbers, raw in pairs
        if all(map(math.isfinite, numbers))
    ]


def _group_shares(column: DocumentGroups, means: MeanShares) -> tuple[list[GroupShares], int]:
    """Return the shares of the values of a column, and the number of values left out."""
    enough = np.flatnonzero(means.counts >= MIN_DOCS)
    shown = np.sort(enough[np.argsort(-means.counts[enough], kind="stable")[:_MOST_GROUPS]])
    fields = (means.mean, means.standard_error, means.low, means.high, means.from_draws)
    rows = [
        GroupShares(
            column.column,
            column.labels.names[code],
            int(means.counts[code]),
            *([float(f"{value:.6g}") for value in field[code]] for field in fields),
        )
        for code in shown.tolist()
    ]
    return rows, len(column.labels.names) - len(rows)
