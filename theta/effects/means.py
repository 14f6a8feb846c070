"""Mean topic shares of groups of documents, with the uncertainty of the shares in their errors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.effects.pooling import pool


class MeanShares(NamedTuple):
    """Mean shares by group and topic; all but `counts` are (n_groups, num_topics) float64.

    Attributes
    ----------
    mean, standard_error : array
        NaN for groups with too few documents.
    low, high : array
        Ends of the 95 % interval, Student's t, clipped to 0 … 1.
    from_draws : array
        Share of the variance that is due to the topic shares of documents not being known.
    counts : (n_groups,) int64
        Documents in each group.
    """

    mean: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    from_draws: NDArray[np.float64]
    counts: NDArray[np.int64]


class GroupedMeans:
    """Collects draws of θ and combines the means of groups of documents by Rubin's rules.

    The documents count as a sample: the error of a mean has the spread over the documents of the
    group and the spread over the draws.

    Parameters
    ----------
    codes : (n_docs,) int
        The group of each document from 0, or negative for a document in none.
    n_groups : int
    min_docs : int
        Groups of fewer documents, at least 2, have no mean.
    """

    def __init__(self, codes: NDArray[np.integer[Any]], n_groups: int, min_docs: int) -> None:
        kept = np.flatnonzero(codes >= 0)
        self._order = kept[np.argsort(codes[kept], kind="stable")]
        self._counts = np.bincount(codes[kept], minlength=n_groups).astype(np.int64)
        self._groups = np.flatnonzero(self._counts)
        self._known = self._counts >= max(2, min_docs)
        self._means: list[NDArray[np.float64]] = []
        self._variances: list[NDArray[np.float64]] = []

    def add(self, draw: NDArray[np.floating[Any]]) -> None:
        """Add a draw of θ of all documents: (n_docs, num_topics)."""
        sizes = self._counts[self._groups]
        starts, n = np.cumsum(sizes) - sizes, sizes[:, None]
        rows = draw[self._order].astype(np.float64)
        mean = np.add.reduceat(rows, starts, axis=0) / n
        rows -= np.repeat(mean, sizes, axis=0)
        rows *= rows
        variance = np.add.reduceat(rows, starts, axis=0) / (np.maximum(n - 1, 1) * n)
        self._means.append(self._of_all(mean))
        self._variances.append(self._of_all(variance))

    def _of_all(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = np.full((len(self._counts), values.shape[1]), np.nan)
        whole[self._groups] = values
        whole[~self._known] = np.nan
        return whole

    def combined(self) -> MeanShares:
        """Return the means over the draws; one draw counts as known."""
        pooled = pool(
            np.array(self._means),
            np.array(self._variances),
            np.maximum(self._counts - 1, 1).astype(np.float64)[:, None],
        )
        low, high = (np.clip(end, 0, 1) for end in pooled.interval())
        return MeanShares(
            pooled.estimate,
            pooled.standard_error,
            low,
            high,
            np.where(np.isnan(pooled.estimate), np.nan, pooled.share_of_draws),
            self._counts,
        )
