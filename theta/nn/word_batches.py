"""Documents in batches of padded word lists, and the likelihood of their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_CELLS = 400_000
"""Size of the tensor documents × words × topics of a batch, small enough for a core's cache."""

_LEAST = 1e-30
"""Added to probabilities, so that their logarithm is finite."""


@dataclass(frozen=True)
class Batch:
    """Documents of similar length, padded to the same number of distinct words.

    Attributes
    ----------
    rows : (n,) int64
        The documents.
    words : (n, length) int64
    counts : (n, length) float32
        0 for padding.
    tokens : (n, 1) float32
        Length of each document in tokens.
    """

    rows: Tensor
    words: Tensor
    counts: Tensor
    tokens: Tensor

    def word_topics(self, by_word: Tensor) -> Tensor:
        """Return the rows of β' for the words of each document: (n, length, num_topics)."""
        # index_select is several times as fast as indexing with a matrix.
        return by_word.index_select(0, self.words.view(-1)).view(*self.words.shape, -1)

    def likelihood(self, word_topics: Tensor, theta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return how likely the words of each document are under the mixture θ β.

        Parameters
        ----------
        word_topics : (n, length, num_topics) float32
            See `word_topics`.
        theta : (n, num_topics) float32

        Returns
        -------
        log_likelihood : (n,) float32
        expected : (n, num_topics) float32
            Tokens of each topic, given the words.
        ratios : (n, length) float32
            Counts over probabilities.
        """
        # A row times a matrix is several times as fast as a matrix times a column.
        chances = torch.bmm(theta[:, None], word_topics.transpose(1, 2))[:, 0].add_(_LEAST)
        ratios = self.counts / chances
        log_likelihood = (chances.log_() * self.counts).sum(dim=1)
        return log_likelihood, theta * torch.bmm(ratios[:, None], word_topics)[:, 0], ratios


def padded_batches(bow: csr_array, num_topics: int) -> list[Batch]:
    """Return all documents in batches of limited memory use, sorted by length.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    num_topics : int
    """
    lengths = np.diff(bow.indptr)
    order = np.argsort(lengths, kind="stable")
    batches, begin = [], 0
    while begin < len(order):
        sizes = np.arange(1, len(order) - begin + 1) * lengths[order[begin:]] * num_topics
        end = begin + max(1, int(np.searchsorted(sizes, _CELLS, side="right")))
        rows = order[begin:end]
        part = bow[rows]
        own = np.diff(part.indptr)
        filled = np.arange(max(1, own.max())) < own[:, None]
        words, counts = np.zeros(filled.shape, np.int64), np.zeros(filled.shape, np.float32)
        words[filled], counts[filled] = part.indices, part.data
        tokens = counts.sum(axis=1, keepdims=True)
        batches.append(Batch(*map(torch.from_numpy, (rows, words, counts, tokens))))
        begin = end
    return batches
