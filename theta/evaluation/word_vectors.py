"""Vectors of words, and how a word or a phrase is looked up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_JOINTS = re.compile(r"[_\-\s]+")
"""What separates the parts of a phrase or a compound."""


@dataclass(frozen=True)
class WordVectors:
    """Vectors of words, most frequent word first.

    Attributes
    ----------
    source : str
        Where they come from, for definitions.
    rank : mapping of str to int
        The row of each word, which is its rank by frequency, from 0.
    vectors : (n_words, dim) int8 or float32
        Of any length.
    """

    source: str
    rank: Mapping[str, int]
    vectors: NDArray[Any]

    def rows(self, word: str) -> list[int]:
        """Return the rows of a word, or those of its parts if it is a phrase.

        Returns
        -------
        list of int
            Empty if the word is unknown, or if more than half of its parts are.
        """
        word = word.lower()
        if word in self.rank:
            return [self.rank[word]]
        parts = [part for part in _JOINTS.split(word) if part]
        rows = [self.rank[part] for part in parts if part in self.rank]
        return rows if 2 * len(rows) >= len(parts) else []

    def look_up(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return the vector and the log rank of each word.

        Both are means over the parts of a phrase.

        Parameters
        ----------
        words : sequence of str

        Returns
        -------
        vectors : (len(words), dim) float32
            Unit length; zeros for an unknown word.
        log_ranks : (len(words),) float64
            log(10 + rank): about 2.3 for the most frequent word; NaN for an unknown word.
        """
        vectors = np.zeros((len(words), self.vectors.shape[1]), np.float32)
        log_ranks = np.full(len(words), np.nan)
        for place, word in enumerate(words):
            if rows := self.rows(word):
                own = np.ascontiguousarray(self.vectors[rows], dtype=np.float32)
                own /= np.linalg.norm(own, axis=1, keepdims=True)
                mean = own.mean(axis=0)
                vectors[place] = mean / np.linalg.norm(mean)
                log_ranks[place] = np.log(10.0 + np.array(rows)).mean()
        return vectors, log_ranks
