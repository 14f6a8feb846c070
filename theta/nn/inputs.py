"""Inputs of the networks: dense features and sparse counts of documents, as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_CHUNK = 8192
"""Documents gathered at a time: steps then only slice, and the copy is small."""


@dataclass(frozen=True)
class Counts:
    """A sparse documents × words matrix in CSR format.

    Attributes
    ----------
    starts : (n_docs + 1,) int64
        The entries of document d are ``starts[d]`` to ``starts[d + 1]``.
    words : (n_entries,) int32 in a corpus, int64 in a batch
    values : (n_entries,) float32
    documents : (n_entries,) int64, empty in a corpus
        The row of each entry.
    n_words : int
    """

    starts: Tensor
    words: Tensor
    values: Tensor
    documents: Tensor
    n_words: int

    @classmethod
    def from_csr(cls, matrix: csr_array, device: str = "cpu") -> Counts:
        """Return the tensors of a SciPy matrix; values become float32."""
        starts = torch.from_numpy(matrix.indptr.astype(np.int64))
        return cls(
            starts=starts.to(device),
            # Without a copy, processes that map one file share its pages.
            words=as_tensor(matrix.indices.astype(np.int32, copy=False)).to(device),
            values=as_tensor(matrix.data.astype(np.float32, copy=False)).to(device),
            documents=torch.empty(0, dtype=torch.int64, device=device),
            n_words=int(matrix.shape[1]),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def prefers_dense(self) -> bool:
        """Whether to compute over the whole vocabulary instead of gathering the words that occur.

        On a GPU products are cheap and launches expensive, and gathering uses atomic additions,
        whose order, and with it the last bits, changes between runs. Counts from `select_padded`
        must not be gathered: their padding belongs to no document.
        """
        return self.values.is_cuda

    def select(self, rows: Tensor) -> Counts:
        """Return the documents `rows`, (n,) int64, in that order, as a batch."""
        lengths = self.starts.diff().index_select(0, rows)
        starts = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
        documents = torch.arange(len(rows), device=rows.device).repeat_interleave(lengths)
        entries = (self.starts.index_select(0, rows) - starts[:-1]).index_select(0, documents)
        entries += torch.arange(len(documents), device=rows.device)
        return Counts(
            starts=starts,
            # int64: twice the memory of int32, but index_add_ is twice as fast.
            words=self.words.index_select(0, entries).long(),
            values=self.values.index_select(0, entries),
            documents=documents,
            n_words=self.n_words,
        )

    def select_padded(self, rows: Tensor, capacity: int) -> Counts:
        """Return the documents `rows` with exactly `capacity` entries, without a host sync.

        The padding has the value 0 and belongs to an extra document, ``len(rows)``, which `dense`
        drops. `capacity` must be at least the number of entries; see `most_entries`.
        """
        lengths = self.starts.diff().index_select(0, rows)
        ends = lengths.cumsum(0)
        starts = torch.cat([ends.new_zeros(1), ends])
        position = torch.arange(capacity, device=rows.device)
        documents = torch.searchsorted(ends, position, right=True)
        real = documents < len(rows)
        shift = torch.cat([self.starts.index_select(0, rows) - starts[:-1], ends.new_zeros(1)])
        entries = torch.where(real, position + shift.index_select(0, documents), 0)
        return Counts(
            starts=starts,
            words=torch.where(real, self.words.index_select(0, entries), 0).long(),
            values=torch.where(real, self.values.index_select(0, entries), 0.0),
            documents=documents,
            n_words=self.n_words,
        )

    def most_entries(self, n_docs: int) -> int:
        """Return the maximum total number of entries of any `n_docs` documents."""
        lengths = self.starts.diff()
        return int(lengths.topk(min(n_docs, len(lengths))).values.sum())

    def batch_sizes(self, rows: Tensor, bounds: Sequence[int]) -> list[int]:
        """Return the number of entries of the documents ``rows[bounds[i] : bounds[i + 1]]``."""
        ends = self.starts.diff().index_select(0, rows).cumsum(0)
        return torch.cat([ends.new_zeros(1), ends])[list(bounds)].diff().tolist()

    def dense(self) -> Tensor:
        """Return the (n_docs, n_words) matrix; for a batch, never for a corpus."""
        # The extra row receives the padding of `select_padded`.
        matrix = self.values.new_zeros(len(self) + 1, self.n_words)
        matrix[self.documents, self.words] = self.values
        return matrix[:-1]


@dataclass(frozen=True)
class Inputs:
    """Inputs for a corpus or a batch of documents.

    Attributes
    ----------
    counts : Counts
        Counts for the likelihood.
    features : (n_docs, n_features) float16 or float32, optional
        Document embeddings or other encoder inputs; may be memory-mapped.
    lexical : (n_docs, n_dimensions) float16, optional
        A low-dimensional projection of the counts, computed beforehand.
    labels : (n_docs,) int64, optional
        Labels for a label head, `theta.contracts.UNLABELLED` for documents without one.
    """

    counts: Counts
    features: Tensor | None = None
    labels: Tensor | None = None
    lexical: Tensor | None = None

    @classmethod
    def from_arrays(
        cls,
        counts: csr_array,
        features: NDArray[Any] | None = None,
        labels: NDArray[Any] | None = None,
        lexical: NDArray[Any] | None = None,
        device: str = "cpu",
    ) -> Inputs:
        """Return the tensors of SciPy and NumPy arrays on a device."""
        return cls(
            Counts.from_csr(counts, device),
            None if features is None else as_tensor(features).to(device),
            None if labels is None else torch.from_numpy(labels.astype(np.int64)).to(device),
            None if lexical is None else as_tensor(lexical).to(device),
        )

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def device(self) -> torch.device:
        """Device of the tensors."""
        return self.counts.values.device

    @property
    def resident(self) -> bool:
        """Whether all documents are on the device, as opposed to `theta.nn.streamed`."""
        return True

    def select(self, rows: Tensor, target_rows: Tensor | None = None) -> Inputs:
        """Return the documents `rows`, (n,) int64, in that order.

        `target_rows`, (n,) int64, are the documents whose counts replace their own.
        """
        counts = self.counts.select(rows if target_rows is None else target_rows)
        return Inputs(counts, *self._select_dense(rows))

    def select_padded(self, rows: Tensor, target_rows: Tensor, capacity: int) -> Inputs:
        """As `select`, with counts of a fixed size; see `Counts.select_padded`."""
        return Inputs(self.counts.select_padded(target_rows, capacity), *self._select_dense(rows))

    def _select_dense(self, rows: Tensor) -> list[Tensor | None]:
        dense = self.features, self.labels, self.lexical
        return [None if block is None else block.index_select(0, rows) for block in dense]

    def batches(
        self, rows: Tensor, bounds: Sequence[int], target_rows: Tensor | None = None
    ) -> Iterator[Inputs]:
        """Yield the documents ``rows[bounds[i] : bounds[i + 1]]`` for each i; see `select`.

        Chunks of many batches are gathered at a time; each batch is a view of its chunk.
        """
        begin = 0
        while begin < len(bounds) - 1:
            end = begin + 1
            while end < len(bounds) - 1 and bounds[end + 1] - bounds[begin] <= _CHUNK:
                end += 1
            offset = bounds[begin]
            part = slice(offset, bounds[end])
            chunk = self.select(rows[part], None if target_rows is None else target_rows[part])
            inner = [bound - offset for bound in bounds[begin : end + 1]]
            entries = chunk.counts.starts[inner].tolist()
            for (low, high), (first, last) in zip(pairwise(inner), pairwise(entries), strict=True):
                yield chunk._slice(low, high, first, last)
            begin = end

    def _slice(self, low: int, high: int, first: int, last: int) -> Inputs:
        counts = Counts(
            starts=self.counts.starts[low : high + 1] - first,
            words=self.counts.words[first:last],
            values=self.counts.values[first:last],
            documents=self.counts.documents[first:last] - low,
            n_words=self.counts.n_words,
        )
        dense = self.features, self.labels, self.lexical
        return Inputs(counts, *[None if block is None else block[low:high] for block in dense])


def batch_bounds(n_docs: int, batch_size: int) -> list[int]:
    """Return the bounds of consecutive batches that leave no document out.

    A last batch of a single document joins the one before it: batch normalisation has no
    variance of one row.
    """
    bounds = [*range(0, n_docs, batch_size), n_docs]
    if len(bounds) > 2 and bounds[-1] - bounds[-2] == 1:
        del bounds[-2]
    return bounds


def as_tensor(array: NDArray[Any]) -> Tensor:
    """Return a tensor that shares the memory of `array`; do not write to it."""
    import warnings

    with warnings.catch_warnings():
        # torch warns that it cannot protect a read-only memory map; nothing writes to it here.
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(np.asarray(array))
