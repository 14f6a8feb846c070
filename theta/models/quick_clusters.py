"""Consensus clustering for many numbers of clusters in turn, in seconds.

The method is that of `theta.models.clustering.consensus_clusters`. Here all runs of k-means advance
together, as products of dense matrices: that allows more runs, which make the consensus more
stable, in less time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_RUNS = 16
_ROUNDS = 10
_CONSENSUS_ROUNDS = 30

_SEEDING_ROWS = 1_000
"""Maximum number of rows among which initial centres are chosen."""


def quick_consensus(vectors: NDArray[np.float32], n_clusters: int, seed: int) -> NDArray[np.intp]:
    """Return the consensus cluster of each row over several runs of k-means: (n,).

    It is found by k-means on the one-hot cluster numbers of all runs, which starts at the run that
    agrees best with the others. Clusters may be empty.

    Parameters
    ----------
    vectors : (n, dim) float32
    n_clusters, seed : int
    """
    rng = np.random.default_rng(seed)
    sample = rng.permutation(len(vectors))[:_SEEDING_ROWS]
    centers = _seeded(vectors[sample], n_clusters, rng)
    columns = np.ascontiguousarray(vectors.T)
    for _ in range(_ROUNDS):
        moved = _moved(centers, vectors, columns)
        if np.array_equal(moved, centers):
            break
        centers = moved
    runs = _scores(centers, columns).argmax(axis=1)
    cells = runs + n_clusters * np.arange(_RUNS)[:, None]
    labels = max(runs, key=lambda run: _explained(_votes(run, cells, n_clusters)))
    one_hot = _one_hot(cells, n_clusters)
    for _ in range(_CONSENSUS_ROUNDS):
        updated = _reassigned(_votes(labels, cells, n_clusters), one_hot)
        if np.array_equal(updated, labels):
            break
        labels = updated
    return labels


def _seeded(
    vectors: NDArray[np.float32], n_clusters: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return the initial centres of each run by greedy k-means++: (n_runs, n_clusters, dim).

    Arthur & Vassilvitskii (2007): candidates for the next centre are drawn with probabilities
    proportional to the squared distance from the nearest centre so far, and the one that reduces
    the sum of these distances most is taken.
    """
    n, dim = vectors.shape
    n_candidates, runs = 2 + int(math.log(n_clusters)), np.arange(_RUNS)
    squares = (vectors**2).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares - 2 * vectors @ vectors.T, 0)
    chosen = np.empty((_RUNS, n_clusters), dtype=np.intp)
    chosen[:, 0] = rng.integers(n, size=_RUNS)
    nearest = distances[chosen[:, 0]]
    for step in range(1, n_clusters):
        cumulative = np.cumsum(nearest, axis=1, dtype=np.float64)
        drawn = rng.random((_RUNS, n_candidates)) * cumulative[:, -1:]
        candidates = np.stack(
            [np.searchsorted(cumulative[run], drawn[run], side="right") for run in runs]
        )
        np.minimum(candidates, n - 1, out=candidates)
        reduced = np.minimum(distances[candidates], nearest[:, None])
        best = reduced.sum(axis=2).argmin(axis=1)
        nearest, chosen[:, step] = reduced[runs, best], candidates[runs, best]
    return vectors[chosen.ravel()].reshape(_RUNS, n_clusters, dim)


def _scores(centers: NDArray[np.float32], columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return scores that are largest for the nearest centre: (n_runs, n_clusters, n).

    Parameters
    ----------
    centers : (n_runs, n_clusters, dim)
    columns : (dim, n)
        The vectors.
    """
    n_runs, n_clusters, dim = centers.shape
    flat = centers.reshape(-1, dim)
    scores = flat @ columns
    scores -= 0.5 * (flat**2).sum(axis=1, keepdims=True)
    return scores.reshape(n_runs, n_clusters, -1)


def _moved(
    centers: NDArray[np.float32], vectors: NDArray[np.float32], columns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the means of the clusters of each run; empty ones keep their centre."""
    scores = _scores(centers, columns)
    # A comparison with the maximum and a dense product take half the time of argmax and sums.
    # A vector at equal distances from two centres counts for both.
    members = (scores == scores.max(axis=1, keepdims=True)).astype(np.float32)
    sizes = members.sum(axis=2)[..., None]
    means: NDArray[np.float32] = np.where(
        sizes > 0, members @ vectors / np.maximum(sizes, 1), centers
    )
    return means


def _one_hot(cells: NDArray[np.intp], n_clusters: int) -> csr_array:
    """Return which cluster of each run a row is in: (n, n_cells)."""
    from scipy.sparse import csr_array

    n_runs, n = cells.shape
    starts = np.arange(0, cells.size + 1, n_runs)
    ones = np.ones(cells.size, np.float32)
    return csr_array((ones, cells.T.ravel(), starts), shape=(n, n_runs * n_clusters))


def _votes(
    labels: NDArray[np.intp], cells: NDArray[np.intp], n_clusters: int
) -> NDArray[np.float32]:
    """Return the rows of each cluster in each cluster of each run: (n_clusters, n_cells)."""
    n_cells = len(cells) * n_clusters
    votes = np.bincount((labels * n_cells + cells).ravel(), minlength=n_clusters * n_cells)
    return votes.reshape(n_clusters, n_cells).astype(np.float32)


def _explained(votes: NDArray[np.float32]) -> float:
    """Return the sum of squares that k-means on the votes maximises."""
    sizes = votes.sum(axis=1) / _RUNS
    return float(((votes**2).sum(axis=1) / np.maximum(sizes, 1)).sum())


def _reassigned(votes: NDArray[np.float32], one_hot: csr_array) -> NDArray[np.intp]:
    """Return the nearest of the clusters' mean votes for each row: (n,)."""
    sizes = votes.sum(axis=1, keepdims=True) / _RUNS
    means = votes / np.maximum(sizes, 1)
    half = 0.5 * (means**2).sum(axis=1)
    half[sizes[:, 0] == 0] = np.inf  # an empty cluster has no members to win
    nearest: NDArray[np.intp] = (one_hot @ np.ascontiguousarray(means.T) - half).argmax(axis=1)
    return nearest
