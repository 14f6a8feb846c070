"""Similarity of topics by their word distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SIMILARITY = "1 − Jensen–Shannon divergence of the topics' word distributions"
"""What `word_similarity` computes, for readers."""


def word_similarity(topic_word: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return 1 − the Jensen-Shannon divergence (in bits) of each pair of topics.

    1 for identical word distributions, 0 for topics without a shared word (Lin 1991,
    "Divergence measures based on the Shannon entropy", eq. 4.1).

    Parameters
    ----------
    topic_word : (num_topics, n_words) float
        β; rows sum to one.

    Returns
    -------
    (num_topics, num_topics) float64
        Symmetric, 1 on the diagonal.
    """
    words = np.asarray(topic_word, dtype=np.float64)
    own = _entropy(words)
    similarity = np.ones((len(words), len(words)))
    for k in range(1, len(words)):
        mixed = _entropy((words[k] + words[:k]) / 2)
        divergence = np.clip(mixed - (own[k] + own[:k]) / 2, 0, 1)
        similarity[k, :k] = similarity[:k, k] = 1 - divergence
    return similarity


def order_by_similarity(similarity: NDArray[np.floating[Any]]) -> list[int]:
    """Return the topics in an order in which similar ones are adjacent.

    Average linkage with the leaves in optimal order (Bar-Joseph, Gifford and Jaakkola 2001).
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(similarity) < 3:
        return list(range(len(similarity)))
    distance = 1 - (similarity + similarity.T) / 2
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(np.clip(distance, 0, None)), "average", optimal_ordering=True)
    return [int(topic) for topic in leaves_list(tree)]


def _entropy(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import xlogy

    return np.asarray(-xlogy(rows, rows).sum(axis=-1) / np.log(2))
