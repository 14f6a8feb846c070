"""The table of English word vectors that comes with the package.

Embedding coherence is computed from it. It is the same for all runs, whatever embedding model a
run uses, and no model here chooses its words by it. ``scripts/make_word_vectors.py`` makes the
table and names its sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.evaluation.word_vectors import WordVectors

TABLE = Path(__file__).with_name("word_vectors_en.npz")

_STEP = 0.04
"""The error of a cosine that rounding to this step makes is .01, small beside that of a person."""

_SOURCE = "all-mpnet-base-v2 and GloVe"


def word_vectors_of(languages: Sequence[str]) -> WordVectors | None:
    """Return the word vectors for a corpus; None if none of its languages has any.

    Parameters
    ----------
    languages : sequence of str
        ISO 639-1 codes.
    """
    return english_word_vectors() if "en" in languages else None


@cache
def english_word_vectors() -> WordVectors:
    """Return the table."""
    return read_word_vectors(TABLE)


def read_word_vectors(path: Path) -> WordVectors:
    """Return the table in a file of `write_word_vectors`."""
    arrays = storage.read_npz(path)
    words = arrays["words"].tobytes().decode("utf-8").split("\n")
    return WordVectors(
        _SOURCE, {word: rank for rank, word in enumerate(words)}, arrays["vectors"].T
    )


def write_word_vectors(path: Path, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Write a table, compressed, with components rounded to multiples of 0.04.

    Parameters
    ----------
    path : Path
    words : sequence of str
        Most frequent first.
    vectors : (n_words, dim) float32
        Unit length.
    """
    text = np.frombuffer("\n".join(words).encode("utf-8"), dtype=np.uint8)
    rounded = np.rint(vectors / _STEP).astype(np.int8)
    # Dimension by dimension: neighbouring values are alike, so they compress better.
    np.savez_compressed(path, words=text, vectors=np.ascontiguousarray(rounded.T))
