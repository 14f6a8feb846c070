"""The words a reader can ask for with the relevance slider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STOPS = tuple(stop / 10 for stop in range(11))
"""The stops of the slider."""

N_WORDS = 30
"""Words shown at each stop."""


def relevance(
    topic_word: NDArray[np.floating[Any]], word_share: NDArray[np.float64], weight: float
) -> NDArray[np.float64]:
    """Return the relevance of each word to each topic.

    λ log β + (1 - λ) log(β / p), Sievert and Shirley (2014), "LDAvis", eq. 1.

    Parameters
    ----------
    topic_word : (num_topics, n_words) float
        β.
    word_share : (n_words,) float64
        p, each word's share of the corpus' tokens.
    weight : float
        λ, 0 to 1.

    Returns
    -------
    (num_topics, n_words) float64
    """
    with np.errstate(divide="ignore"):
        log_beta = np.log(np.asarray(topic_word, dtype=np.float64))
    return np.asarray(log_beta - (1 - weight) * np.log(word_share))


def candidates(
    topic_word: NDArray[np.floating[Any]], word_share: NDArray[np.float64]
) -> list[NDArray[np.int64]]:
    """Return per topic the ids of all words among the first `N_WORDS` at some stop."""
    found: list[set[int]] = [set() for _ in range(len(topic_word))]
    n = min(N_WORDS, topic_word.shape[1])
    for stop in STOPS:
        scores = relevance(topic_word, word_share, stop)
        for topic, best in enumerate(np.argsort(-scores, axis=1, kind="stable")[:, :n]):
            found[topic].update(best.tolist())
    return [np.array(sorted(words), dtype=np.int64) for words in found]


def word_shares(word_counts: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return each word's share of all tokens; one is added, so that no share is zero."""
    counts = np.asarray(word_counts, dtype=np.float64) + 1
    return counts / counts.sum()
