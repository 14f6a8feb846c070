"""The estimated number of topics of a corpus, with its range, its curve and the answer in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from theta.i18n import Message
from theta.models.topic_count_curve import ERRORS


@dataclass(frozen=True)
class TopicCountEstimate:
    """How many topics a corpus has, and what the answer is based on.

    Attributes
    ----------
    number : int
        The number of topics to use: `best` if it is supported, else the fallback.
    supported : bool
        Whether any number is worth more than `SUPPORTED`. If not, the corpus does not say how many
        topics it has.
    best : int, optional
        The supported number of topics of largest smoothed worth, or the largest of all if none is
        supported; None if there are too few documents to try any.
    low, high : int, optional
        Numbers between them cannot be told apart: the first and the last whose smoothed worth is
        within `ERRORS` standard errors of the best, and the untried numbers next to them.
    levels : sequence of int
        Supported local maxima of the worth outside this range, beyond its standard error: coarser
        or finer levels of the same corpus.
    n_docs : int
        Documents looked at.
    with_embeddings : bool
        Whether embeddings were used, or the counts alone.
    seed : int
    seconds : float
    grid : sequence of int
    worth, error : sequence of float
        Of each number of the grid, in topics, with its standard error: from the splits, and from
        the distance of the worth from the smoothed worth.
    smooth : sequence of float
        The worth smoothed over neighbouring numbers; estimates of earlier versions have none.
    returning, chance, readable : sequence of float
        J, J₀ and F of each number of the grid; means over the splits.
    contradicted_by : sequence of int
        From the counts alone: what halves of the vocabulary support, if it differs from `best` by a
        factor of two or more, so that `best` is not supported.
    """

    number: int
    supported: bool
    best: int | None
    low: int | None
    high: int | None
    levels: Sequence[int]
    n_docs: int
    with_embeddings: bool
    seed: int
    seconds: float
    grid: Sequence[int] = ()
    worth: Sequence[float] = ()
    smooth: Sequence[float] = ()
    error: Sequence[float] = ()
    returning: Sequence[float] = ()
    chance: Sequence[float] = ()
    readable: Sequence[float] = ()
    contradicted_by: Sequence[int] = ()

    @property
    def judged(self) -> Sequence[float]:
        """The worth by which the number was chosen, along the grid."""
        return self.smooth or self.worth

    @property
    def beyond_chance(self) -> list[float]:
        """The share of topics that return beyond chance, (J − J₀) / (1 − J₀), along the grid."""
        pairs = zip(self.returning, self.chance, strict=True)
        return [(j - j0) / (1 - j0) for j, j0 in pairs]

    @property
    def margin(self) -> list[float]:
        """Half the width of the band in which two numbers cannot be told apart, in topics."""
        return [ERRORS * error for error in self.error]

    @property
    def within(self) -> tuple[int, int] | None:
        """The first and the last number that cannot be told apart from the best, if supported."""
        if not self.supported or self.low is None or self.high is None:
            return None
        return self.low, self.high

    @property
    def sentence(self) -> Message:
        """The answer in one sentence, with its range or with the reason for the fallback."""
        if self.supported:
            answer = Message("{num_topics} topics", num_topics=self.number)
            if self.number == self.grid[-1]:
                answer = Message("{answer}, the most that were tried", answer=answer)
            if self.low != self.high:
                answer = Message(
                    "{answer}; {num_low} to {num_high} cannot be told apart",
                    answer=answer,
                    num_low=self.low,
                    num_high=self.high,
                )
            if self.levels:
                levels = ", ".join(map(str, self.levels))
                answer = Message("{answer}; other levels: {levels}", answer=answer, levels=levels)
            return answer
        if self.best is None:
            return Message(
                "{num_topics} topics, the fallback: {n_docs} training documents are too few to "
                "estimate a number",
                num_topics=self.number,
                n_docs=self.n_docs,
            )
        if self.contradicted_by:
            return Message(
                "{num_topics} topics, the fallback: the counts alone suggest {num_best}, but half "
                "of the words {others}; prepare embeddings",
                num_topics=self.number,
                num_best=self.best,
                others=", ".join(map(str, self.contradicted_by)),
            )
        return Message(
            "{num_topics} topics, the fallback: the corpus does not say how many topics it has "
            "(none of {num_first} to {num_last} is supported)",
            num_topics=self.number,
            num_first=self.grid[0],
            num_last=self.grid[-1],
        )

    def record(self) -> dict[str, Any]:
        """Return the estimate and its curve, ready for JSON."""
        return {
            name: list(value) if isinstance(value, (list, tuple)) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> TopicCountEstimate:
        """Return the estimate that `record` describes."""
        return cls(**record)
