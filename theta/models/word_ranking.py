"""The ranking of top words for readers: words that belong together, and to this topic.

Reranking the words of a finished topic follows Lau, Newman, Karimi & Baldwin (2010) and Alokaili,
Aletras & Stevenson (2019); the topic itself does not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Split
from theta.evaluation.repeated_passages import attached_words
from theta.models.candidate_words import Candidates, Coverage
from theta.models.document_space import sample_rows
from theta.models.topic_words import log_word_frequencies, relevance
from theta.models.word_association import Association, passages_of

_CANDIDATES = 200
"""Number of most relevant words of a topic that are reranked."""

_READ_DOCUMENTS = 100_000
"""Maximum number of documents whose passages are read."""

_SPREAD = 0.34
"""Standard deviation of the relevance of the 50 most relevant words of a topic, to which it is
scaled: association has the same say in a topic of a few frequent words and in a topic of many."""

_SPREAD_WORDS = 50

_BELONGS = 0.5
"""A word belongs to a topic that has at least half as many of its occurrences as the topic with the
most, among those that list it."""


def rank_words(
    word_scores: NDArray[np.float32],
    association: Association,
    belonging: NDArray[np.floating[Any]] | None = None,
    seed_words: Sequence[Sequence[int]] = (),
    attached: NDArray[np.bool_] | None = None,
    coverage: Coverage | None = None,
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
    attached : (n_words,) bool, optional
        Words that rank last, since they are of signatures and the like.
    coverage : Coverage, optional
        None lets words lead a topic however few of its documents they cover.

    Returns
    -------
    (num_topics, n_words) float32
        Only the 200 best words of a topic are reranked; the others follow in their previous order.
    """
    if association.is_zero:
        return word_scores
    # Without passages, words are ranked as by the versions that knew none.
    searches = association.passages is not None
    if searches:
        word_scores = _evenly_spread(word_scores)
    if attached is not None:
        word_scores = _last(word_scores, attached, seed_words)
    order = np.argsort(-word_scores, axis=1, kind="stable")
    n_candidates = min(_CANDIDATES, word_scores.shape[1])
    candidates = order[:, :n_candidates]
    fronts = [
        Candidates(
            words,
            word_scores[k, words],
            pairs,
            searches,
            None if coverage is None else partial(coverage.of, k),
        )
        for k, (words, pairs) in enumerate(
            zip(candidates, association.among(candidates), strict=True)
        )
    ]
    if belonging is not None:
        belonging = belonging.copy()
        for k, seeds in enumerate(seed_words):
            belonging[k, list(seeds)] = 1.0  # they belong to the topic that they define
        _separate(fronts, belonging)
    ranked = word_scores.copy()
    for k, front in enumerate(fronts):
        ranked[k, front.words] = front.final
        others = order[k, n_candidates:]
        if len(others):
            # Shift the other words so that they stay below the candidates.
            gap = front.ranked.min() - word_scores[k, others[0]]
            ranked[k, others] = word_scores[k, others] + min(gap, 0) - 1e-3
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

    @property
    def passage_words(self) -> int:
        """Return the length of passages."""
        ...


def rank_topics(
    log_topic_word: NDArray[np.float32],
    corpus: Corpus,
    word_vectors: NDArray[np.floating[Any]] | None,
    weights: RankingWeights,
    doc_topic: NDArray[np.floating[Any]] | None = None,
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
    doc_topic : (n_train, num_topics), optional
        θ of the training documents. None lets topics share words, and words lead a topic however
        few of its documents they cover.
    seed_words : sequence of (sequence of int)
        Seed words of the first topics.
    """
    rows = corpus.rows(Split.TRAIN)
    bow = corpus.bow[rows]
    n_words = bow.shape[1]
    scores = relevance(log_topic_word, log_word_frequencies(bow), weights.relevance)
    sample = sample_rows(len(rows), _READ_DOCUMENTS, seed=0)
    tokens = corpus.tokens.at(rows[sample])
    passages = None
    if weights.passage_words and weights.coherence_weight:
        passages = passages_of(tokens, n_words, weights.passage_words)
    association = Association(
        bow, weights.coherence_weight, word_vectors, weights.meaning_weight, passages
    )
    belonging, coverage = None, None
    if doc_topic is not None:
        coverage = Coverage(bow[sample], doc_topic[sample])
        if weights.meaning_weight:
            belonging = shares_of_words(log_topic_word, doc_topic.mean(axis=0))
    attached = None if association.is_zero else attached_words(tokens, n_words)
    return rank_words(scores, association, belonging, seed_words, attached, coverage)


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


def _evenly_spread(word_scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the scores of each topic on a scale on which those of its first words spread alike."""
    n_words = word_scores.shape[1]
    if n_words <= _SPREAD_WORDS:
        return word_scores  # the spread would be that of the whole vocabulary
    first = np.partition(word_scores, n_words - _SPREAD_WORDS, axis=1)[:, -_SPREAD_WORDS:]
    spread = first.std(axis=1, dtype=np.float64)
    scale = np.where(spread > 0, _SPREAD / np.maximum(spread, 1e-9), 1)
    return (word_scores * scale[:, None]).astype(np.float32)


def _last(
    word_scores: NDArray[np.float32], words: NDArray[np.bool_], seed_words: Sequence[Sequence[int]]
) -> NDArray[np.float32]:
    """Return scores by which some words follow all others, but for seed words of a topic."""
    behind = np.broadcast_to(words, word_scores.shape).copy()
    for k, seeds in enumerate(seed_words):
        behind[k, list(seeds)] = False
    return word_scores - np.where(behind, np.ptp(word_scores, axis=1)[:, None] + 1, 0)


def _separate(fronts: Sequence[Candidates], belonging: NDArray[np.floating[Any]]) -> None:
    """Take the words from the top of topics that they do not belong to."""
    while True:
        largest = np.zeros(belonging.shape[1])
        shares = [belonging[k, front.words[front.top]] for k, front in enumerate(fronts)]
        for front, own in zip(fronts, shares, strict=True):
            np.maximum.at(largest, front.words[front.top], own)
        dropped = False
        for front, own in zip(fronts, shares, strict=True):
            leaving = np.flatnonzero(own < _BELONGS * largest[front.words[front.top]])
            # A topic keeps ten words, even if others have a better claim to them.
            if len(leaving) and front.has_spare:
                # One word of a topic at a time, the last: those that move up may change the claims.
                front.drop(front.top[leaving[-1]])
                dropped = True
        if not dropped:
            return
