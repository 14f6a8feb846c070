"""Documents that stay on disk or in host memory, from which batches are read.

A chunk of batches is read at a time, in file order, so memory use does not grow with the corpus.
The batches are bit-identical to those of resident documents.
"""

from __future__ import annotations

import logging
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from theta.devices import is_out_of_memory
from theta.nn.inputs import Counts, Inputs, as_tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

logger = logging.getLogger(__name__)

CountTransform = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]
"""Maps counts to the values used in the likelihood, elementwise."""

_BYTES_PER_COUNT = 8
"""One word id (int32) and its value (float32)."""


@dataclass(frozen=True)
class StreamedInputs(Inputs):
    """Documents whose batches are gathered on demand and moved to a device.

    Attributes
    ----------
    arrays : tuple of array
        Memory of the tensors; memory-mapped pages are released after each chunk.
    target : str
        The device of the batches.
    count_transform : callable, optional
        Applied to the counts of a batch.
    """

    arrays: tuple[NDArray[Any], ...] = ()
    target: str = "cpu"
    count_transform: CountTransform | None = None

    @property
    def device(self) -> torch.device:
        """Device of the batches."""
        return torch.device(self.target)

    @property
    def resident(self) -> bool:
        """Whether all documents are on the device."""
        return False

    def select(self, rows: Tensor, target_rows: Tensor | None = None) -> Inputs:
        """Return the documents `rows`, (n,) int64, on the device; see `Inputs.select`."""
        unique_rows, inverse = rows.cpu().unique(return_inverse=True)
        dense = [
            None if block is None else block.index_select(0, unique_rows).index_select(0, inverse)
            for block in (self.features, self.labels, self.lexical)
        ]
        if target_rows is not None:
            unique_rows, inverse = target_rows.cpu().unique(return_inverse=True)
        counts = self.counts.select(unique_rows)
        values = counts.values.float()
        if self.count_transform is not None:
            values = torch.from_numpy(self.count_transform(values.numpy()))
        counts = Counts(counts.starts, counts.words, values, counts.documents, counts.n_words)
        counts = counts.select(inverse)
        for array in self.arrays:
            _release_pages(array)
        device = self.device
        return Inputs(
            Counts(
                starts=counts.starts.to(device),
                words=counts.words.to(device),
                values=counts.values.to(device),
                documents=counts.documents.to(device),
                n_words=counts.n_words,
            ),
            *[None if block is None else block.to(device) for block in dense],
        )


def gather_inputs(
    counts: csr_array,
    features: NDArray[Any] | None = None,
    labels: NDArray[Any] | None = None,
    lexical: NDArray[Any] | None = None,
    *,
    device: str = "cpu",
    max_bytes: int | None = None,
    count_transform: CountTransform | None = None,
) -> Inputs:
    """Return the inputs of documents: resident if they fit, else streamed, with the same batches.

    If they do not fit into the memory of the device, they are streamed, after a warning.

    Parameters
    ----------
    counts : (n_docs, n_words) csr_array
        May be memory-mapped.
    features : (n_docs, n_features) float, optional
        May be memory-mapped.
    labels : (n_docs,) int, optional
    lexical : (n_docs, n_dimensions) float, optional
    device : str
        Device of the batches.
    max_bytes : int, optional
        Larger inputs are streamed; None is no limit.
    count_transform : callable, optional
        Elementwise function of float32 counts, (n,), applied before training.
    """
    dense = [block for block in (features, labels, lexical) if block is not None]
    size = _BYTES_PER_COUNT * counts.nnz + sum(block.nbytes for block in dense)
    if max_bytes is None or size <= max_bytes:
        transformed = counts
        if count_transform is not None:
            values = count_transform(counts.data.astype(np.float32))
            transformed = type(counts)((values, counts.indices, counts.indptr), shape=counts.shape)
        try:
            return Inputs.from_arrays(transformed, features, labels, lexical, device)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        logger.warning(
            "The documents (%.1f GiB) do not fit into the free memory of %s: batches are read "
            "when needed, with the same result.",
            size / 2**30,
            device,
        )
    return StreamedInputs(
        Counts(
            starts=torch.from_numpy(counts.indptr.astype(np.int64)),
            words=as_tensor(counts.indices),
            values=as_tensor(counts.data),
            documents=torch.empty(0, dtype=torch.int64),
            n_words=int(counts.shape[1]),
        ),
        None if features is None else as_tensor(features),
        None if labels is None else torch.from_numpy(labels.astype(np.int64)),
        None if lexical is None else as_tensor(lexical),
        (counts.data, counts.indices, *dense),
        device,
        count_transform,
    )


def _release_pages(array: NDArray[Any]) -> None:
    """Release the pages of a read-only memory map; they are read again when needed."""
    # For a writable private mapping this would discard changes.
    if array.flags.writeable or not hasattr(mmap, "MADV_DONTNEED"):
        return
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)
