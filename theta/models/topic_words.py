"""What words say of topics: log_count counts, the background, and the words that name a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_CANDIDATES = 200
"""Most relevant words of a topic, among which its top words are sought."""

_COMPANY = 10
"""Words of a topic that a word must keep company with."""

_ROUNDS = 10
"""Rounds after which the search for a topic's company ends, were it to go in a circle."""


def log_counts(bow: csr_array) -> csr_array:
    """Return log2(1 + x): long documents and bursts of a word weigh less.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts.
    """
    found = bow.astype(np.float32)
    found.data = log_count(found.data)
    return found


def log_count(counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log2(1 + x) of each count by itself."""
    return np.log2(1 + counts)


def log_word_frequencies(bow: csr_array) -> NDArray[np.float32]:
    """Return m_v = log((c_v + 1) / Σ (c + 1)) of the counts' column sums: (n_words,)."""
    counts = np.asarray(bow.sum(axis=0), dtype=np.float64).ravel() + 1
    return np.log(counts / counts.sum()).astype(np.float32)


def relevance(
    log_topic_word: NDArray[np.float32], log_background: NDArray[np.float32], weight: float
) -> NDArray[np.float32]:
    """Return λ log β + (1 − λ) log(β / p) (Sievert & Shirley 2014, definition 1).

    Parameters
    ----------
    log_topic_word : (num_topics, n_words)
        log β.
    log_background : (n_words,)
        log p.
    weight : float
        λ.
    """
    scores = log_topic_word - (1 - weight) * log_background
    return scores.astype(np.float32)


def coherence_rerank(
    word_scores: NDArray[np.float32],
    counts: csr_array,
    weight: float,
    asked_for: Sequence[Sequence[int]] = (),
) -> NDArray[np.float32]:
    """Return scores that rank words higher which keep company with the topic's other words.

    A word's score grows by `weight` times its mean normalised pointwise mutual information with
    the ten best words of the topic (Bouma 2009, equation 7), counted over the training documents
    that hold both; the ten are chosen anew until they stay. Ranking the words of a finished topic
    by more than their probability follows Lau, Newman, Karimi & Baldwin (2010) and Alokaili,
    Aletras & Stevenson (2019); the topic itself stays as it is.

    Parameters
    ----------
    word_scores : (num_topics, n_words) float32
    counts : (n_train, n_words) csr_array
        Of the training documents; only which words are there matters.
    weight : float
        0 returns the scores as they are.
    asked_for : sequence of (sequence of int)
        Words of the first topics that a person wants there: none gets a lower place.

    Returns
    -------
    (num_topics, n_words) float32
        Only the 200 best words of a topic are compared; the others follow in their old order.
    """
    if weight == 0:
        return word_scores
    holds = counts.astype(np.float32).tocsc()
    holds.data = np.ones_like(holds.data)
    ranked = word_scores.copy()
    n_candidates = min(_CANDIDATES, word_scores.shape[1])
    for k, scores in enumerate(word_scores):
        best = np.argsort(-scores, kind="stable")
        words, others = best[:n_candidates], best[n_candidates:]
        association = normalized_information(holds[:, words])
        ranked[k, words] = _with_company(scores[words], association, weight)
        if len(others):
            # All others move by one step, so that the best of them stays behind the candidates.
            gap = ranked[k, words].min() - scores[others[0]]
            ranked[k, others] = scores[others] + min(gap, 0) - 1e-3
        for word in asked_for[k] if k < len(asked_for) else ():
            place = int(np.flatnonzero(best == word)[0])
            least = np.sort(ranked[k])[::-1][place]
            ranked[k, word] = max(ranked[k, word], np.nextafter(least, np.float32(np.inf)))
    return ranked


def _with_company(
    scores: NDArray[np.float32], association: NDArray[np.float32], weight: float
) -> NDArray[np.float32]:
    n_company = min(_COMPANY, len(scores))
    company: NDArray[np.intp] = np.argsort(-scores, kind="stable")[:n_company]
    for _ in range(_ROUNDS):
        # A word is no company to itself; association has zeros on its diagonal.
        n_others = n_company - np.isin(np.arange(len(scores)), company)
        mean = association[:, company].sum(axis=1) / np.maximum(n_others, 1)
        ranked = (scores + weight * mean).astype(np.float32)
        chosen = np.argsort(-ranked, kind="stable")[:n_company]
        if set(chosen) == set(company):
            break
        company = chosen
    return ranked


def normalized_information(holds: csr_array) -> NDArray[np.float32]:
    """Return log(p_vw / (p_v p_w)) / −log p_vw of each two words, 0 of a word with itself.

    One document more is assumed to hold each pair as often as chance has it: p_vw = (n_vw + 1) /
    (n + 1) against (n_v n_w / n + 1) / (n + 1), so that pairs of rare words prove little.

    Parameters
    ----------
    holds : (n_docs, n_words) sparse array
        1 where a document holds a word.

    Returns
    -------
    (n_words, n_words) float32
        From −1 to 1 (Bouma 2009, equation 7).
    """
    n_docs = holds.shape[0]
    together = np.asarray((holds.T @ holds).todense(), dtype=np.float64)
    alone = together.diagonal()
    chance = np.outer(alone, alone) / n_docs
    share = (together + 1) / (n_docs + 1)
    found = np.log((together + 1) / (chance + 1)) / -np.log(np.minimum(share, 1 - 1e-9))
    np.fill_diagonal(found, 0)
    return found.astype(np.float32)
