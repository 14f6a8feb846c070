"""The words that the relevance slider can show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.models.topic_words import relevance

STOPS = tuple(stop / 10 for stop in range(11))
"""The stops of the slider."""

N_WORDS = 30
"""Words shown at each stop."""


def candidates(
    topic_word: NDArray[np.floating[Any]], word_share: NDArray[np.float64]
) -> list[NDArray[np.int64]]:
    """Return for each topic the ids of the words among the first `N_WORDS` at any stop."""
    words: list[set[int]] = [set() for _ in range(len(topic_word))]
    n = min(N_WORDS, topic_word.shape[1])
    with np.errstate(divide="ignore"):
        log_beta = np.log(np.asarray(topic_word, dtype=np.float64))
    for stop in STOPS:
        scores = relevance(log_beta, np.log(word_share), stop)
        for topic, best in enumerate(np.argsort(-scores, axis=1, kind="stable")[:, :n]):
            words[topic].update(best.tolist())
    return [np.array(sorted(ids), dtype=np.int64) for ids in words]


def word_shares(word_counts: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return each word's share of all tokens, with add-one smoothing."""
    counts = np.asarray(word_counts, dtype=np.float64) + 1
    return counts / counts.sum()
