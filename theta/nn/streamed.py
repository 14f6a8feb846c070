"""Documents that stay where they are, on disk or in the host's memory: batches are read from there.

A chunk of batches is read at a time, in the order of the file, so what is held in memory does not
grow with the corpus. The batches are the same, to the bit, as those of resident documents.
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

Weigh = Callable[["NDArray[np.float32]"], "NDArray[np.float32]"]
"""What the likelihood takes in the place of counts; works on each count by itself."""

_BYTES_PER_COUNT = 8
"""Of a word number (int32) and its value (float32), as tensors."""


@dataclass(frozen=True)
class StreamedInputs(Inputs):
    """Documents whose batches are gathered on demand and put on a device.

    Attributes
    ----------
    arrays : tuple of array
        Where the tensors lie; pages mapped from a file are given back after each chunk.
    target : str
        The device of the batches.
    weigh : callable, optional
        TransformResult to the counts of a batch.
    """

    arrays: tuple[NDArray[Any], ...] = ()
    target: str = "cpu"
    weigh: Weigh | None = None

    @property
    def device(self) -> torch.device:
        """Where the batches lie."""
        return torch.device(self.target)

    @property
    def resident(self) -> bool:
        """Whether all documents lie on the device."""
        return False

    def select(self, rows: Tensor, target_rows: Tensor | None = None) -> Inputs:
        """Return the documents `rows`, (n,) int64, on the device; see `Inputs.select`."""
        found, places = rows.cpu().unique(return_inverse=True)
        dense = [
            None if block is None else block.index_select(0, found).index_select(0, places)
            for block in (self.features, self.labels, self.lexical)
        ]
        if target_rows is not None:
            found, places = target_rows.cpu().unique(return_inverse=True)
        counts = self.counts.select(found)
        values = counts.values.float()
        if self.weigh is not None:
            values = torch.from_numpy(self.weigh(values.numpy()))
        counts = Counts(counts.starts, counts.words, values, counts.documents, counts.n_words)
        counts = counts.select(places)
        for array in self.arrays:
            _give_back_pages(array)
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
    weigh: Weigh | None = None,
) -> Inputs:
    """Return documents to train on: resident if they fit, else streamed; the batches are the same.

    Documents that turn out not to fit into the memory of the device are streamed too, after a
    warning.

    Parameters
    ----------
    counts : (n_docs, n_words) csr_array
        It may be mapped into memory.
    features : (n_docs, n_features) float, optional
        It may be mapped into memory.
    labels : (n_docs,) int, optional
    lexical : (n_docs, n_dimensions) float, optional
    device : str
        Of the batches.
    max_bytes : int, optional
        More than that is streamed; None streams nothing.
    weigh : callable, optional
        float32 counts in, (n,), float32 out: what is learnt in the place of counts. Each value
        depends on its count alone.
    """
    dense = [block for block in (features, labels, lexical) if block is not None]
    size = _BYTES_PER_COUNT * counts.nnz + sum(block.nbytes for block in dense)
    if max_bytes is None or size <= max_bytes:
        weighed = counts
        if weigh is not None:
            values = weigh(counts.data.astype(np.float32))
            weighed = type(counts)((values, counts.indices, counts.indptr), shape=counts.shape)
        try:
            return Inputs.from_arrays(weighed, features, labels, lexical, device)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        logger.warning(
            "The documents (%.1f GiB) do not fit into the free memory of %s: each batch is read "
            "when it is needed, with the same result.",
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
        weigh,
    )


def _give_back_pages(array: NDArray[Any]) -> None:
    """Let the system take the memory of a file that is mapped for reading; it is read anew."""
    # Of a writable private mapping this would drop what was written.
    if array.flags.writeable or not hasattr(mmap, "MADV_DONTNEED"):
        return
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap):
        base.madvise(mmap.MADV_DONTNEED)
