"""Nearest neighbours of document vectors, by one matrix product per block of documents."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

_BLOCK = 256
"""Documents per matrix product. The order of additions may depend on the shape, so the shape is
fixed: the neighbours of a document are the same whatever the other documents."""

_IDENTICAL = 1 - 1e-5
"""Cosine from which a reference is the document itself or a copy of it."""


@torch.no_grad()
def neighborhood_means(
    vectors: NDArray[Any],
    references: NDArray[Any],
    n_neighbors: int,
    weight: float,
    device: str,
    out: NDArray[np.float16] | None = None,
) -> NDArray[np.float16]:
    """Return (1 − w) e + w ē, where ē is the mean of e and its nearest references by cosine.

    Copies of e are not among its neighbours, so a reference has the same result as a new document
    with its vector.

    Parameters
    ----------
    vectors : (n_docs, dim) float
        e; may be memory-mapped.
    references : (n_references, dim) float
        At least `n_neighbors`.
    n_neighbors : int
    weight : float
        w, 0 to 1.
    device : str
    out : (n_docs, dim) float16, optional
        Where to write the result.

    Returns
    -------
    (n_docs, dim) float16
    """
    reference = torch.from_numpy(np.asarray(references, dtype=np.float32)).to(device)
    units = torch.nn.functional.normalize(reference, dim=1).T.contiguous()
    means = np.empty(vectors.shape, dtype=np.float16) if out is None else out
    block = np.zeros((_BLOCK, vectors.shape[1]), dtype=np.float32)
    for begin in range(0, len(vectors), _BLOCK):
        kept = min(_BLOCK, len(vectors) - begin)
        block[:kept] = vectors[begin : begin + kept]
        own = torch.from_numpy(block).to(device)
        cosines = torch.nn.functional.normalize(own, dim=1) @ units
        cosines.masked_fill_(cosines > _IDENTICAL, -torch.inf)
        # Sorted, so that the order of the additions depends on nothing but the neighbours.
        nearest = cosines.topk(n_neighbors, dim=1, sorted=False).indices.sort(dim=1).values
        total = own.clone()
        for column in nearest.T:
            total += reference[column]
        smoothed = (1 - weight) * own + weight / (n_neighbors + 1) * total
        means[begin : begin + kept] = smoothed[:kept].half().cpu().numpy()
    return means


@torch.no_grad()
def nearest_others(
    vectors: NDArray[np.float32], n_neighbors: int, device: str
) -> NDArray[np.int64]:
    """Return which other documents are nearest to each one by cosine, nearest first.

    Parameters
    ----------
    vectors : (n_docs, dim) float32
        Of length 1.
    n_neighbors : int
        Fewer than documents.
    device : str

    Returns
    -------
    (n_docs, n_neighbors) int64
        Positions in `vectors`.
    """
    units = torch.from_numpy(vectors).to(device)
    found = np.empty((len(vectors), n_neighbors), dtype=np.int64)
    for begin in range(0, len(vectors), _BLOCK):
        end = min(begin + _BLOCK, len(vectors))
        cosines = units[begin:end] @ units.T
        cosines.diagonal(begin).fill_(-torch.inf)  # a document is no neighbour of itself
        found[begin:end] = cosines.topk(n_neighbors, dim=1).indices.cpu().numpy()
    return found
