"""Vectors supplied by the user instead of an embedding model."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.contracts import Corpus, Split
from theta.errors import InvalidOption
from theta.layout import EmbeddingFiles
from theta.run.preprocessing import PRECOMPUTED

_UNIT = 2e-3
"""Largest deviation from unit length that rounding to float16 causes in a thousand dimensions."""


def check_vectors(vectors: Any, n_texts: int) -> NDArray[np.float16]:
    """Return vectors in the format of stored embeddings: float16 and unit length.

    Vectors that already have unit length, up to rounding, keep their bits.

    Parameters
    ----------
    vectors : (n_texts, dim) array_like
    n_texts : int

    Raises
    ------
    InvalidOption
        Unless there is one finite, nonzero vector per text.
    """
    try:
        array = np.asarray(vectors)
        values = array.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise InvalidOption(f"embeddings are not an array of numbers: {error}") from error
    if values.ndim != 2 or len(values) != n_texts:
        raise InvalidOption(
            f"embeddings need one row per text, ({n_texts}, dim); their shape is {array.shape}"
        )
    lengths = np.linalg.norm(values, axis=1)
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(bad):
        raise InvalidOption(f"embeddings: row {bad[0]} is zero or not finite")
    unit = np.abs(lengths - 1) <= _UNIT
    scaled = (values / lengths[:, None]).astype(np.float16)
    scaled[unit] = array[unit].astype(np.float16)
    return scaled


def save_precomputed(
    files: EmbeddingFiles, corpus: Corpus, vectors: NDArray[np.float16], size: str
) -> None:
    """Write the embeddings of a corpus from document vectors supplied by the user.

    A word's vector is the mean of the vectors of the training documents that contain it, weighted
    by its counts. There are no test halves, since no model is available to embed them.

    Parameters
    ----------
    files : EmbeddingFiles
    corpus : Corpus
    vectors : (n_docs, dim) float16
        Result of `check_vectors`, in the order of the corpus.
    size : str
        The model size under which they are stored.
    """
    train = corpus.rows(Split.TRAIN)
    sums = corpus.bow[train].T.astype(np.float32) @ vectors[train].astype(np.float32)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    words = (sums / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float16)
    dim = vectors.shape[1]
    facts = {
        "corpus": corpus.fingerprint,
        "model": PRECOMPUTED,
        "model_size": size,
        "space": {PRECOMPUTED: hashlib.sha256(vectors.tobytes()).hexdigest()},
        "dim": dim,
    }
    with storage.replacing(files.root, facts) as folder:
        new = EmbeddingFiles(folder)
        np.save(new.documents, vectors)
        np.save(new.words, words)
        np.save(new.test_halves, np.empty((0, dim), dtype=np.float16))
