"""Vectors from their shards into one array in the order of the corpus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theta.embeddings.shards import ShardIndex, read_shard


def assemble(path: Path, index: ShardIndex, places: NDArray[np.intp], dim: int) -> None:
    """Write the vectors of some texts in their order, holding one shard at a time."""
    shape = (len(places), dim)
    if not len(places):
        np.save(path, np.empty(shape, dtype=np.float16))
        return
    np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=shape)
    for shard_path, positions, rows in index.by_shard(places):
        vectors = keep_dimensions(read_shard(shard_path).vectors[rows], dim)
        # Mapped anew for each shard: written pages would count as this process' memory.
        target = np.lib.format.open_memmap(path, mode="r+")
        target[positions] = vectors
        target.flush()
        del target


def keep_dimensions(vectors: NDArray[np.float16], dim: int) -> NDArray[np.float16]:
    """Return the first `dim` dimensions at unit length."""
    if dim == vectors.shape[1]:
        return vectors
    kept = vectors[:, :dim].astype(np.float32)
    norms = np.linalg.norm(kept, axis=1, keepdims=True)
    return (kept / np.maximum(norms, np.finfo(np.float32).tiny)).astype(np.float16)
