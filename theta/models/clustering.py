"""Clusters of document vectors: k-means, and the consensus of several runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from theta.errors import InvalidOption
from theta.models.document_space import chunks, sample_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_RUNS = 10
"""Number of k-means runs of the consensus clustering."""

_ROUNDS = 10
"""Iterations of each run; more change the consensus little."""

_COMPONENTS = 64
"""Minimum number of principal components for clustering."""

MAX_DOCUMENTS = 100_000
"""Maximum number of documents for k-means."""


class Vectors(Protocol):
    """Vectors by position: an array, or computed on demand."""

    def __getitem__(self, positions: NDArray[np.intp], /) -> NDArray[np.float32]:
        """Return the vectors at some positions: (n, dim)."""
        ...


def cluster_documents(
    embeddings: NDArray[np.float32], n_clusters: int, seed: int
) -> NDArray[np.intp]:
    """Return the k-means cluster of each document: (n_docs,).

    Parameters
    ----------
    embeddings : (n_docs, dim) float32
    n_clusters, seed : int

    Raises
    ------
    InvalidOption
        If there are fewer than `n_clusters` distinct embeddings.
    """
    rows = np.arange(len(embeddings))
    require_distinct(embeddings, rows, n_clusters)
    sample = sample_rows(len(rows), MAX_DOCUMENTS, seed)
    clusters = k_means(embeddings[sample], n_clusters, seed)
    return extend_to_all(clusters, sample, embeddings, len(rows))


def require_distinct(embeddings: NDArray[Any], rows: NDArray[np.intp], n_clusters: int) -> None:
    """Raise `InvalidOption` unless `n_clusters` rows of `embeddings` are distinct."""
    distinct: set[bytes] = set()
    for row in rows:
        distinct.add(embeddings[row].tobytes())
        if len(distinct) == n_clusters:
            return
    way_out = f"ask for at most {len(distinct)} topics"
    if len(distinct) < 2:
        way_out = "at least 2 are needed: are all texts identical, or all vectors zero?"
    raise InvalidOption(
        f"--num_topics {n_clusters}: only {len(distinct)} of the {len(rows)} training "
        f"documents differ; {way_out}"
    )


def consensus_clusters(
    vectors: NDArray[np.float32], n_clusters: int, seed: int
) -> NDArray[np.intp]:
    """Return the consensus cluster of each row over ten runs of k-means: (n,).

    A single run ends in one of many partitions of about equal inertia; their consensus is more
    stable and closer to human topics than any of them. It is found by k-means on the one-hot
    cluster numbers of the runs (Wu, Liu, Xiong, Cao & Chen 2015,
    "K-means-based consensus clustering: a unified view", https://doi.org/10.1109/TKDE.2014.2316512).

    Parameters
    ----------
    vectors : (n, dim) float32
    n_clusters, seed : int
    """
    from scipy.sparse import csr_array

    vectors = principal_components(vectors, max(_COMPONENTS, n_clusters), seed)
    runs = [k_means(vectors, n_clusters, seed + run, 1, _ROUNDS) for run in range(_RUNS)]
    columns = np.stack(runs, axis=1) + n_clusters * np.arange(_RUNS)
    starts = np.arange(0, columns.size + 1, _RUNS, dtype=np.int32)
    ones = np.ones(columns.size, dtype=np.float32)
    votes = csr_array(
        (ones, columns.ravel().astype(np.int32), starts),
        shape=(len(vectors), _RUNS * n_clusters),
    )
    return k_means(votes, n_clusters, seed, n_starts=1)


def principal_components(
    vectors: NDArray[np.float32], n_components: int, seed: int
) -> NDArray[np.float32]:
    """Return (n, dim) vectors in at most `n_components` principal components.

    K − 1 components separate K clusters (Ding & He 2004, https://doi.org/10.1145/1015330.1015408),
    at a fraction of the time.
    """
    from sklearn.decomposition import PCA

    if n_components >= min(vectors.shape):
        return vectors
    reduction = PCA(n_components, svd_solver="randomized", random_state=seed)
    return reduction.fit_transform(vectors).astype(np.float32)


def k_means(
    vectors: NDArray[np.float32] | csr_array,
    n_clusters: int,
    seed: int,
    n_starts: int = 3,
    n_rounds: int = 300,
) -> NDArray[np.intp]:
    """Return the cluster of each row, the best of several runs by inertia: (n,)."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # With several threads the order of partial sums would vary.
    with threadpool_limits(limits=1, user_api="openmp"):
        search = KMeans(n_clusters, n_init=n_starts, max_iter=n_rounds, random_state=seed)
        fitted = search.fit(vectors)
    return np.asarray(fitted.labels_, dtype=np.intp)


def extend_to_all(
    clusters: NDArray[np.intp],
    sample: NDArray[np.intp],
    space: Vectors,
    n_docs: int,
) -> NDArray[np.intp]:
    """Assign all documents to the clusters of a sample, by the nearest centre.

    Parameters
    ----------
    clusters : (n_sampled,) int
    sample : (n_sampled,) int
        Positions in `space`.
    space : Vectors
    n_docs : int
    """
    from sklearn.metrics import pairwise_distances_argmin

    if len(sample) == n_docs:
        return clusters
    vectors = space[sample]
    centers = np.stack([vectors[clusters == k].mean(axis=0) for k in np.unique(clusters)])
    nearest = np.empty(n_docs, dtype=np.intp)
    for part, positions in chunks(np.arange(n_docs)):
        nearest[part] = pairwise_distances_argmin(space[positions], centers)
    return np.unique(clusters)[nearest]
