"""Word weights and the ranking of top words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_CANDIDATES = 200
"""Number of most relevant words of a topic that are reranked."""

_TOP_WORDS = 10
"""Number of top words with which the co-occurrence of a word is measured."""

_MAX_ITERATIONS = 10
"""Maximum number of reranking iterations, in case of a cycle."""


def log_counts(bow: csr_array) -> csr_array:
    """Return log2(1 + x): reduces the weight of long documents and bursts of a word.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts.
    """
    counts = bow.astype(np.float32)
    counts.data = log_count(counts.data)
    return counts


def log_count(counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return log2(1 + x) of each count x."""
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
    seed_words: Sequence[Sequence[int]] = (),
) -> NDArray[np.float32]:
    """Return scores that rank words higher if they co-occur with the top words of the topic.

    The score of a word increases by `weight` times its mean normalised pointwise mutual information
    (Bouma 2009, equation 7) with the ten top words of the topic, from co-occurrence in training
    documents; this is repeated until the top words are stable. Reranking the words of a finished
    topic follows Lau, Newman, Karimi & Baldwin (2010) and Alokaili,
    Aletras & Stevenson (2019); the topic itself does not change.

    Parameters
    ----------
    word_scores : (num_topics, n_words) float32
    counts : (n_train, n_words) csr_array
        Of the training documents; only the presence of words matters.
    weight : float
        0 returns the scores unchanged.
    seed_words : sequence of (sequence of int)
        Seed words of the first topics: their ranks do not get worse.

    Returns
    -------
    (num_topics, n_words) float32
        Only the 200 best words of a topic are reranked; the others follow in their previous order.
    """
    if weight == 0:
        return word_scores
    occurs = counts.astype(np.float32).tocsc()
    occurs.data = np.ones_like(occurs.data)
    ranked = word_scores.copy()
    n_candidates = min(_CANDIDATES, word_scores.shape[1])
    for k, scores in enumerate(word_scores):
        best = np.argsort(-scores, kind="stable")
        words, others = best[:n_candidates], best[n_candidates:]
        association = normalized_pmi(occurs[:, words])
        ranked[k, words] = _reranked(scores[words], association, weight)
        if len(others):
            # Shift the other words so that they stay below the candidates.
            gap = ranked[k, words].min() - scores[others[0]]
            ranked[k, others] = scores[others] + min(gap, 0) - 1e-3
        for word in seed_words[k] if k < len(seed_words) else ():
            rank = int(np.flatnonzero(best == word)[0])
            least = np.sort(ranked[k])[::-1][rank]
            ranked[k, word] = max(ranked[k, word], np.nextafter(least, np.float32(np.inf)))
    return ranked


def _reranked(
    scores: NDArray[np.float32], association: NDArray[np.float32], weight: float
) -> NDArray[np.float32]:
    n_top = min(_TOP_WORDS, len(scores))
    top: NDArray[np.intp] = np.argsort(-scores, kind="stable")[:n_top]
    for _ in range(_MAX_ITERATIONS):
        # Excludes the word itself; association has a zero diagonal.
        n_others = n_top - np.isin(np.arange(len(scores)), top)
        mean = association[:, top].sum(axis=1) / np.maximum(n_others, 1)
        ranked = (scores + weight * mean).astype(np.float32)
        chosen = np.argsort(-ranked, kind="stable")[:n_top]
        if set(chosen) == set(top):
            break
        top = chosen
    return ranked


def normalized_pmi(occurs: csr_array) -> NDArray[np.float32]:
    """Return log(p_vw / (p_v p_w)) / −log p_vw of each pair of words; the diagonal is 0.

    Both the observed and the expected counts of a pair are smoothed: p_vw = (n_vw + 1) / (n + 1)
    against (n_v n_w / n + 1) / (n + 1), which shrinks the values of rare pairs.

    Parameters
    ----------
    occurs : (n_docs, n_words) sparse array
        1 if a document contains a word.

    Returns
    -------
    (n_words, n_words) float32
        From −1 to 1 (Bouma 2009, equation 7).
    """
    n_docs = occurs.shape[0]
    together = np.asarray((occurs.T @ occurs).todense(), dtype=np.float64)
    alone = together.diagonal()
    expected = np.outer(alone, alone) / n_docs
    share = (together + 1) / (n_docs + 1)
    npmi = np.log((together + 1) / (expected + 1)) / -np.log(np.minimum(share, 1 - 1e-9))
    np.fill_diagonal(npmi, 0)
    return npmi.astype(np.float32)
