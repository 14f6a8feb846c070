"""Design matrices of the groups of documents, for the prior means of their topic shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_COLUMNS = 100
"""Groups beyond the largest ones share the mean of the documents that are in none."""

_DEPENDENT = 1e-8
"""A column is linearly dependent if its residual is below this share of the longest one."""


def design_of_groups(
    columns: Sequence[NDArray[np.integer[Any]]], min_docs: int
) -> NDArray[np.float64] | None:
    """Return a design matrix in which each group of documents has a mean of its own.

    Small groups have none, nor have groups beyond the largest: there is at most one column per ten
    documents.

    Parameters
    ----------
    columns : sequence of (n_docs,) int
        Ways to group the documents: the group of each document from 0, or negative for none.
    min_docs : int
        Groups of fewer documents share a mean.

    Returns
    -------
    (n_docs, n_columns) float64, optional
        Of full rank, the intercept first; None without groups.
    """
    from scipy.linalg import qr

    sizes = [
        (int(size), way, group)
        for way, codes in enumerate(columns)
        for group, size in enumerate(np.bincount(codes[codes >= 0]).tolist())
        if size >= min_docs
    ]
    if not sizes:
        return None
    n_docs = len(columns[0])
    most = min(_MOST_COLUMNS, n_docs // 10)
    largest = sorted(sizes, key=lambda one: -one[0])[:most]
    if not largest:
        return None
    x = np.column_stack([columns[way] == group for _, way, group in largest]).astype(np.float64)
    x -= x.mean(axis=0)
    basis, triangle, _ = qr(x, mode="economic", pivoting=True)
    lengths = np.abs(np.diag(triangle))
    rank = int((lengths > _DEPENDENT * max(lengths[0], 1)).sum())
    return np.column_stack([np.ones(n_docs), np.sqrt(n_docs) * basis[:, :rank]])
