"""Word weights, relevance and co-occurrence of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

Float = TypeVar("Float", bound="np.floating[Any]")


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
    log_topic_word: NDArray[Float], log_background: NDArray[Float], weight: float
) -> NDArray[Float]:
    """Return λ log β + (1 − λ) log(β / p) (Sievert & Shirley 2014, definition 1).

    Parameters
    ----------
    log_topic_word : (num_topics, n_words) float
        log β.
    log_background : (n_words,) float
        log p.
    weight : float
        λ.

    Returns
    -------
    (num_topics, n_words)
        In the precision of the arguments.
    """
    return log_topic_word - (1 - weight) * log_background


def normalized_pmi(occurs: csr_array, added: float = 1.0) -> NDArray[np.float32]:
    """Return log(p_vw / (p_v p_w)) / −log p_vw of each pair of words; the diagonal is 0.

    Both the observed and the expected counts of a pair are smoothed: with the pseudo-count a,
    p_vw = (n_vw + a) / (n + a) against (n_v n_w / n + a) / (n + a), which shrinks the values of
    rare pairs.

    Parameters
    ----------
    occurs : (n_docs, n_words) sparse array
        1 if a document contains a word.
    added : float
        a.

    Returns
    -------
    (n_words, n_words) float32
        From −1 to 1 (Bouma 2009, equation 7).
    """
    n_docs = occurs.shape[0]
    together = np.asarray((occurs.T @ occurs).todense(), dtype=np.float64)
    alone = together.diagonal()
    expected = np.outer(alone, alone) / n_docs
    share = (together + added) / (n_docs + added)
    npmi = np.log((together + added) / (expected + added)) / -np.log(np.minimum(share, 1 - 1e-9))
    np.fill_diagonal(npmi, 0)
    return npmi.astype(np.float32)
