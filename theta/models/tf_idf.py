"""Inverse document frequency and tf-idf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


def inverse_document_frequency(bow: csr_array) -> NDArray[np.float64]:
    """Return log((1 + n) / (1 + df)) + 1 of each word, scikit-learn's smoothed idf: (n_words,)."""
    document_frequency = np.bincount(bow.indices[bow.data > 0], minlength=bow.shape[1])
    return np.log((1 + bow.shape[0]) / (1 + document_frequency)) + 1


def tf_idf(counts: csr_array, idf: NDArray[np.floating[Any]]) -> csr_array:
    """Return counts, or their logarithms, times `idf`: (n_docs, n_words), dtype of `idf`."""
    from scipy.sparse import csr_array

    values = np.asarray(counts.data * idf[counts.indices], dtype=idf.dtype)
    return csr_array((values, counts.indices, counts.indptr), shape=counts.shape)
