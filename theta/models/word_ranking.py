"""The ranking of top words for readers: words that belong together, and to this topic.

Reranking the words of a finished topic follows Lau, Newman, Karimi & Baldwin (2010) and Alokaili,
Aletras & Stevenson (2019); the topic itself does not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from theta.contracts import Split
from theta.models.document_space import unit_rows
from theta.models.topic_words import log_word_frequencies, normalized_pmi, relevance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus

_CANDIDATES = 200
"""Number of most relevant words of a topic that are reranked."""

_TOP_WORDS = 10
"""Number of top words that a word is compared with."""

_MAX_ITERATIONS = 10
"""Maximum number of reranking iterations, in case of a cycle."""

_BELONGS = 0.5
"""A word belongs to a topic that has at least half as many of its occurrences as the topic with the
most, among those that list it."""


@dataclass(frozen=True)
class Association:
    """How far two words belong together: a weighted sum of two measures.

    Attributes
    ----------
    counts : (n_train, n_words) csr_array
        Of the training documents; only the presence of words matters.
    coherence_weight : float
        Weight of their normalised pointwise mutual information (Bouma 2009, equation 7).
    vectors : (n_words, dim) array, optional
        Word embeddings.
    meaning_weight : float
        Weight of the cosine of their embeddings. These are centred first: what all words share
        differs between embedding models.
    """

    counts: csr_array
    coherence_weight: float
    vectors: NDArray[np.floating[Any]] | None = None
    meaning_weight: float = 0.0

    @property
    def is_zero(self) -> bool:
        """Whether no pair of words counts."""
        return self.coherence_weight == 0 and (self.meaning_weight == 0 or self.vectors is None)

    def among(self, candidates: NDArray[np.intp]) -> list[NDArray[np.float32]]:
        """Return the association of the candidates of each topic, 0 on the diagonals.

        Parameters
        ----------
        candidates : (num_topics, n) int

        Returns
        -------
        list of (n, n) float32
        """
        occurs = self.counts.astype(np.float32).tocsc()
        occurs.data = np.ones_like(occurs.data)
        units = None
        if self.vectors is not None and self.meaning_weight:
            vectors = np.asarray(self.vectors, dtype=np.float32)
            units = unit_rows(vectors - vectors.mean(axis=0))
        found = []
        for words in candidates:
            association = self.coherence_weight * normalized_pmi(occurs[:, words])
            if units is not None:
                association += self.meaning_weight * (units[words] @ units[words].T)
                np.fill_diagonal(association, 0)
            found.append(association.astype(np.float32))
        return found


def rank_words(
    word_scores: NDArray[np.float32],
    association: Association,
    belonging: NDArray[np.floating[Any]] | None = None,
    seed_words: Sequence[Sequence[int]] = (),
) -> NDArray[np.float32]:
    """Return scores that rank words higher if they belong together with the topic's top words.

    The score of a word increases by its mean association with the ten top words of the topic; this
    is repeated until the top words are stable. A word that several topics list among their ten then
    stays with those it belongs to; in the others, it follows the ten.

    Parameters
    ----------
    word_scores : (num_topics, n_words) float32
    association : Association
    belonging : (num_topics, n_words) float, optional
        Share of each word's occurrences in each topic; None lets topics share words.
    seed_words : sequence of (sequence of int)
        Seed words of the first topics: their ranks do not get worse.

    Returns
    -------
    (num_topics, n_words) float32
        Only the 200 best words of a topic are reranked; the others follow in their previous order.
    """
    if association.is_zero:
        return word_scores
    order = np.argsort(-word_scores, axis=1, kind="stable")
    n_candidates = min(_CANDIDATES, word_scores.shape[1])
    candidates = order[:, :n_candidates]
    ranked = word_scores.copy()
    for k, pairs in enumerate(association.among(candidates)):
        words, others = candidates[k], order[k, n_candidates:]
        ranked[k, words] = _reranked(word_scores[k, words], pairs)
        if len(others):
            # Shift the other words so that they stay below the candidates.
            gap = ranked[k, words].min() - word_scores[k, others[0]]
            ranked[k, others] = word_scores[k, others] + min(gap, 0) - 1e-3
    if belonging is not None:
        ranked = _separated(ranked, belonging, seed_words)
    for k, seeds in enumerate(seed_words):
        for word in seeds:
            rank = int(np.flatnonzero(order[k] == word)[0])
            least = np.sort(ranked[k])[::-1][rank]
            ranked[k, word] = max(ranked[k, word], np.nextafter(least, np.float32(np.inf)))
    return ranked


class RankingWeights(Protocol):
    """The weights of a ranking; for their meaning see the options of THETA."""

    @property
    def relevance(self) -> float:
        """Return the weight of log β in the relevance."""
        ...

    @property
    def coherence_weight(self) -> float:
        """Return the weight of co-occurrence."""
        ...

    @property
    def meaning_weight(self) -> float:
        """Return the weight of closeness in meaning."""
        ...


def rank_topics(
    log_topic_word: NDArray[np.float32],
    corpus: Corpus,
    word_vectors: NDArray[np.floating[Any]] | None,
    weights: RankingWeights,
    shares: NDArray[np.floating[Any]] | None = None,
    seed_words: Sequence[Sequence[int]] = (),
) -> NDArray[np.float32]:
    """Return the scores that rank the words of topics: (num_topics, n_words).

    Parameters
    ----------
    log_topic_word : (num_topics, n_words) float32
        log β.
    corpus : Corpus
    word_vectors : (n_words, dim) array, optional
    weights : RankingWeights
        A meaning weight of 0 also lets topics share words.
    shares : (num_topics,), optional
        Mean weight of each topic in the training documents; None lets topics share words.
    seed_words : sequence of (sequence of int)
        Seed words of the first topics.
    """
    bow = corpus.bow[corpus.rows(Split.TRAIN)]
    scores = relevance(log_topic_word, log_word_frequencies(bow), weights.relevance)
    association = Association(bow, weights.coherence_weight, word_vectors, weights.meaning_weight)
    belonging = None
    if shares is not None and weights.meaning_weight:
        belonging = shares_of_words(log_topic_word, shares)
    return rank_words(scores, association, belonging, seed_words)


def shares_of_words(
    log_topic_word: NDArray[np.floating[Any]], shares: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Return p(topic | word), by Bayes' rule: (num_topics, n_words).

    Parameters
    ----------
    log_topic_word : (num_topics, n_words)
        log β.
    shares : (num_topics,)
        Mean weight of each topic in the training documents.
    """
    joint = np.exp(log_topic_word, dtype=np.float64) * shares[:, None]
    return np.asarray(joint / joint.sum(axis=0))


def _separated(
    ranked: NDArray[np.float32],
    belonging: NDArray[np.floating[Any]],
    seed_words: Sequence[Sequence[int]],
) -> NDArray[np.float32]:
    """Return scores by which a topic's ten words belong to it."""
    belonging = belonging.copy()
    order = np.argsort(-ranked, axis=1, kind="stable")
    front = order[:, :_CANDIDATES]
    kept = np.ones(front.shape, dtype=bool)
    for k, seeds in enumerate(seed_words):
        belonging[k, list(seeds)] = 1.0  # they belong to the topic that they define
    while True:
        place = np.cumsum(kept, axis=1)
        listed = kept & (place <= _TOP_WORDS)
        topics, columns = np.nonzero(listed)
        words = front[topics, columns]
        shares = belonging[topics, words]
        largest = np.zeros(ranked.shape[1])
        np.maximum.at(largest, words, shares)
        # A topic keeps ten words, even if others have a better claim to them.
        spare = place[topics, -1] > _TOP_WORDS
        leaving = (shares < _BELONGS * largest[words]) & spare
        if not leaving.any():
            break
        # One word of a topic at a time, the last: the words that move up may change the claims.
        last = {int(k): int(j) for k, j in zip(topics[leaving], columns[leaving], strict=True)}
        for k, j in last.items():
            kept[k, j] = False
    separated = ranked.copy()
    for k, stays in enumerate(kept):
        ten = np.flatnonzero(stays)[:_TOP_WORDS]
        rest = np.setdiff1d(np.arange(front.shape[1]), ten)
        words = front[k, np.concatenate([ten, rest])]
        separated[k, words] = ranked[k, front[k]]
    return separated


def _reranked(scores: NDArray[np.float32], association: NDArray[np.float32]) -> NDArray[np.float32]:
    n_top = min(_TOP_WORDS, len(scores))
    top = _top(scores)
    for _ in range(_MAX_ITERATIONS):
        # Excludes the word itself; association has a zero diagonal.
        n_others = n_top - np.isin(np.arange(len(scores)), top)
        mean = association[:, top].sum(axis=1) / np.maximum(n_others, 1)
        ranked = (scores + mean).astype(np.float32)
        chosen = _top(ranked)
        if set(chosen) == set(top):
            break
        top = chosen
    return ranked


def _top(scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the positions of the top words, best first."""
    return np.argsort(-scores, kind="stable")[:_TOP_WORDS]
