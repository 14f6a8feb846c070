"""Rank-biased overlap of top-word lists.

Webber, Moffat & Zobel (2010), A Similarity Measure for Indefinite Rankings,
https://doi.org/10.1145/1852102.1852106
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.evaluation.inputs import NO_WORD


def rank_biased_overlap(
    lists_a: NDArray[np.integer[Any]], lists_b: NDArray[np.integer[Any]], p: float
) -> NDArray[np.float64]:
    """Return the extrapolated rank-biased overlap of every list in `a` with every list in `b`.

    RBO_EXT = X_k / k · p^k + (1 − p) / p · Σ_{d=1..k} X_d / d · p^d, where X_d is the number of
    words that the first d of both lists share (equation 23): 1 for equal lists, 0 for disjoint
    ones. A word at ranks i and j adds 1 to every X_d with d ≥ max(i, j). Its weight depends on
    max(i, j) only, and the overlap is the sum of the weights of the shared words.

    Parameters
    ----------
    lists_a : (n_a, k) int
    lists_b : (n_b, k) int
        Word ids, best first; `NO_WORD` matches nothing.
    p : float
        Between 0 and 1: larger values give more weight to deeper ranks; at 0.9 the first 10 ranks
        have 86 % of the weight.

    Returns
    -------
    (n_a, n_b) float64
    """
    depth = lists_a.shape[1]
    if lists_b.shape[1] != depth:
        raise ValueError(f"lists of {depth} and of {lists_b.shape[1]} words cannot be compared")
    d = np.arange(1, depth + 1)
    per_depth = (1 - p) / p * p**d / d
    weight = np.append(np.cumsum(per_depth[::-1])[::-1] + p**depth / max(depth, 1), 0.0)

    words, columns = np.unique(lists_a, return_inverse=True)
    columns = columns.reshape(lists_a.shape)
    rank_in_b = np.full((len(words), len(lists_b)), depth)  # `depth`: not in the list
    row = np.searchsorted(words, lists_b)
    in_a = (row < len(words)) & (lists_b != NO_WORD)
    in_a[in_a] = words[row[in_a]] == lists_b[in_a]
    topic, rank = np.nonzero(in_a)
    rank_in_b[row[topic, rank], topic] = rank

    overlaps = np.empty((len(lists_a), len(lists_b)))
    ranks = np.arange(depth)[:, None]
    for i, column in enumerate(columns):
        overlaps[i] = weight[np.maximum(ranks, rank_in_b[column])].sum(axis=0)
    return overlaps
