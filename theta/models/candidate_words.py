"""The words that may lead a topic, and the choice of the ten that do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

TOP_WORDS = 10
"""Number of top words that a word is compared with."""

_STARTS = 10
"""Number of words around which top words are looked for."""

_MAX_ITERATIONS = 10
"""Maximum number of reranking iterations, in case of a cycle."""

_COVERED = 2
"""Top words that a document contains, at least, if they cover it."""


class Coverage:
    """How many of the documents of a topic its top words cover.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    doc_topic : (n_docs, num_topics) float
        θ of the same documents: how much each counts for a topic.
    """

    def __init__(self, bow: csr_array, doc_topic: NDArray[np.floating[Any]]):
        self._contains = (bow > 0).tocsc().astype(np.int32)
        self._weights = doc_topic

    def of(self, topic: int, words: NDArray[np.intp]) -> float:
        """Return the weight of the documents that contain two or more of some words."""
        counts = np.asarray(self._contains[:, words].sum(axis=1)).ravel()
        return float(self._weights[counts >= _COVERED, topic].sum(dtype=np.float64))


@dataclass
class Candidates:
    """The most relevant words of a topic, while they are ranked.

    The score of a word is its relevance and its mean association with the top words. These are
    stable if they are those with the best scores. Several sets of words are: the one with the
    largest sum of relevance and association is taken, of those that are reached from the most
    relevant words and from the words that go best with each of the ten most relevant ones. The
    latter must not cover fewer documents than the former: the words of a single event go
    together best, and it may be a small part of the topic.

    Attributes
    ----------
    words : (n,) int
    scores : (n,) float32
        Their relevance.
    pairs : (n, n) float32
        Their association.
    searches : bool
        Whether several sets of top words are looked for, and again for each foreign word. If not,
        the set that is reached from the most relevant words is taken, and words that move up for
        foreign ones follow in the order that they had.
    coverage : callable, optional
        How many of the topic's documents words, by their numbers, cover.
    foreign : (n,) bool
        Which of them belong to other topics.
    ranked : (n,) float32
        The scores that rank them.
    top : (n_top,) int
        The positions of the top words, best first.
    """

    words: NDArray[np.intp]
    scores: NDArray[np.float32]
    pairs: NDArray[np.float32]
    searches: bool
    coverage: Callable[[NDArray[np.intp]], float] | None = None
    foreign: NDArray[np.bool_] = field(init=False)
    ranked: NDArray[np.float32] = field(init=False)
    top: NDArray[np.intp] = field(init=False)

    def __post_init__(self) -> None:
        self.foreign = np.zeros(len(self.words), dtype=bool)
        self._choose()

    def drop(self, position: int) -> None:
        """Rank again, with one more foreign word."""
        self.foreign[position] = True
        if self.searches:
            self._choose()
        else:
            self.top = self._best(self.ranked)

    @property
    def has_spare(self) -> bool:
        """Whether a word can move up."""
        return len(self.words) - np.count_nonzero(self.foreign) > len(self.top)

    @property
    def final(self) -> NDArray[np.float32]:
        """The scores: the same values, with the top words first."""
        order = np.argsort(-self.ranked, kind="stable")
        rest = order[~np.isin(order, self.top)]
        final = np.empty_like(self.ranked)
        final[np.concatenate([self.top, rest])] = self.ranked[order]
        return final

    def _choose(self) -> None:
        """Find the top words."""
        relevant = self._best(self.scores)
        self.ranked, self.top = self._settle(relevant)
        if not self.searches:
            return
        least = self._covered(self.top)
        for word in relevant[:_STARTS]:
            ranked, top = self._settle(self._around(word))
            if self._sum(top) > self._sum(self.top) and self._covered(top) >= least:
                self.ranked, self.top = ranked, top

    def _covered(self, top: NDArray[np.intp]) -> float:
        return 0.0 if self.coverage is None else self.coverage(self.words[top])

    def _around(self, word: np.intp) -> NDArray[np.intp]:
        """Return a word and those that go best with it."""
        scores = self.scores + self.pairs[:, word]
        scores[word] = np.inf
        return self._best(scores)

    def _settle(self, top: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
        """Return scores and top words, once the mean association with these keeps them stable."""
        for _ in range(_MAX_ITERATIONS):
            # Excludes the word itself; `pairs` has a zero diagonal.
            n_others = np.full(len(self.words), len(top))
            n_others[top] -= 1
            mean = self.pairs[:, top].sum(axis=1) / np.maximum(n_others, 1)
            ranked = (self.scores + mean).astype(np.float32)
            previous, top = top, self._best(ranked)
            if set(top) == set(previous):
                break
        return ranked, top

    def _sum(self, top: NDArray[np.intp]) -> float:
        """Return the relevance of some words and the association of their pairs, each once."""
        n_others = max(len(top) - 1, 1)
        among = self.pairs[np.ix_(top, top)].sum(dtype=np.float64)
        return float(self.scores[top].sum(dtype=np.float64) + among / (2 * n_others))

    def _best(self, scores: NDArray[np.float32]) -> NDArray[np.intp]:
        own = np.flatnonzero(~self.foreign)
        return own[np.argsort(-scores[own], kind="stable")[:TOP_WORDS]]
