"""The initialisation of THETA: topics start as the words of document clusters.

It is decisive: from a random start, training finds topics of common words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED
from theta.errors import InvalidOption
from theta.models.document_space import (
    chunks,
    mean_vector,
    nearest_documents,
    sample_rows,
    unit_rows,
)
from theta.models.seed_words import SeedWords, guided_clusters, pseudo_documents

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_PRIOR_COUNT = 50.0
"""Pseudo-count of background words in each cluster."""

_RUNS = 10
"""Number of k-means runs of the consensus clustering."""

_ROUNDS = 10
"""Iterations of each run; more change the consensus little."""

_COMPONENTS = 64
"""Minimum number of principal components for clustering."""

_CLUSTERED_DOCUMENTS = 100_000
"""Maximum number of documents for k-means."""


@dataclass(frozen=True)
class StartSpace:
    """The vectors of the training documents for the initial clustering: [ē′, l].

    ē′ is the embedding averaged over the document and its neighbours, centred and scaled to length
    1: the mean of a neighbourhood is closer to its topic than a single document. l is the lexical
    vector of the document.

    Attributes
    ----------
    embeddings : (n_docs, dim)
        Of all documents; may be memory-mapped.
    rows : (n_train,) int
    center : (dim,) float32
        Mean embedding of the training documents.
    neighbors : (n_train, n_neighbors) int, optional
        Rows of `embeddings`.
    lexical : (n_docs, n_dimensions), optional
    """

    embeddings: NDArray[Any]
    rows: NDArray[np.intp]
    center: NDArray[np.float32]
    neighbors: NDArray[np.int64] | None
    lexical: NDArray[np.float16] | None

    @classmethod
    def of(
        cls,
        embeddings: NDArray[Any],
        rows: NDArray[np.intp],
        n_neighbors: int,
        lexical: NDArray[np.float16] | None,
        seed: int,
        labels: NDArray[np.integer] | None = None,
    ) -> StartSpace:
        """Return the space with the centre of the training documents and their neighbours.

        Neighbours with a different known label are replaced by the document itself.
        """
        neighbors = None
        if n_neighbors > 0:
            neighbors = nearest_documents(embeddings, rows, n_neighbors, seed)
        if neighbors is not None and labels is not None:
            own, others = labels[rows][:, None], labels[neighbors]
            foreign = (own != others) & (own != UNLABELLED) & (others != UNLABELLED)
            neighbors = np.where(foreign, rows[:, None], neighbors)
        return cls(embeddings, rows, mean_vector(embeddings, rows), neighbors, lexical)

    def __getitem__(self, positions: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the vectors of training documents, (n, dim + n_dimensions), by position."""
        rows = self.rows[positions]
        vectors = self.embeddings[rows].astype(np.float32)
        if self.neighbors is not None:
            for column in self.neighbors[positions].T:
                vectors += self.embeddings[column]
            vectors /= 1 + self.neighbors.shape[1]
        vectors = unit_rows(vectors - self.center)
        if self.lexical is None:
            return vectors
        return np.hstack([vectors, self.lexical[rows].astype(np.float32)])


def start_clusters(
    space: StartSpace, bow: csr_array, seeds: SeedWords | None, n_clusters: int, seed: int
) -> NDArray[np.intp]:
    """Return the initial cluster of each training document.

    Parameters
    ----------
    space : StartSpace
    bow : (n_train, n_words) csr_array
        Counts.
    seeds : SeedWords, optional
        Seed words of the guided topics, which get the first clusters.
    n_clusters, seed : int

    Returns
    -------
    (n_train,) intp

    Raises
    ------
    InvalidOption
        If there are fewer than `n_clusters` distinct embeddings.
    """
    require_distinct(space.embeddings, space.rows, n_clusters)
    sample = sample_rows(len(space.rows), _CLUSTERED_DOCUMENTS, seed)
    vectors = space[sample]
    if seeds is None:
        clusters = consensus_clusters(vectors, n_clusters, seed)
    else:
        n_free = n_clusters - len(seeds.words)
        free = consensus_clusters(vectors, n_free, seed) if n_free else None
        clusters = guided_clusters(vectors, bow[sample], seeds, free)
    return extend_to_all(clusters, sample, space, len(space.rows))


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
    sample = sample_rows(len(rows), _CLUSTERED_DOCUMENTS, seed)
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
    space: StartSpace | NDArray[np.float32],
    n_docs: int,
) -> NDArray[np.intp]:
    """Assign all documents to the clusters of a sample, by the nearest centre.

    Parameters
    ----------
    clusters : (n_sampled,) int
    sample : (n_sampled,) int
        Positions in `space`.
    space : StartSpace or array
        An object that returns vectors by position.
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


def cluster_deviations(
    bow: csr_array,
    clusters: NDArray[np.intp],
    n_clusters: int,
    log_background: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the smoothed log deviations of the words of each cluster from the background.

    B_kv = log((n_kv + 50 p_v) / ((n_k + 50) p_v)) with n_kv the count of word v in cluster k,
    n_k its sum and p = exp(m).

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts.
    clusters : (n_docs,)
    n_clusters : int
    log_background : (n_words,)
        m.

    Returns
    -------
    (n_clusters, n_words) float32
    """
    from scipy.sparse import csr_array

    n_docs = len(clusters)
    members = csr_array(
        (np.ones(n_docs), (clusters, np.arange(n_docs))), shape=(n_clusters, n_docs)
    )
    counts = (members @ bow.astype(np.float64)).toarray()
    background = np.exp(log_background.astype(np.float64))
    smoothed = counts + _PRIOR_COUNT * background
    totals = counts.sum(axis=1, keepdims=True) + _PRIOR_COUNT
    return np.log(smoothed / (totals * background)).astype(np.float32)


def start_deviations(
    bow: csr_array,
    clusters: NDArray[np.intp],
    seeds: SeedWords | None,
    num_topics: int,
    log_background: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return `cluster_deviations`, with pseudo-counts for seed words."""
    if seeds is not None:
        from scipy.sparse import vstack

        bow = vstack([bow, pseudo_documents(seeds, bow, num_topics)], format="csr")
        clusters = np.concatenate([clusters, np.arange(len(seeds.words))])
    return cluster_deviations(bow, clusters, num_topics, log_background)


def mean_embeddings(
    doc_topic: NDArray[np.float32],
    embeddings: NDArray[Any],
    rows: NDArray[np.intp],
    center: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return α_k, the θ-weighted mean of the centred document embeddings: (num_topics, dim).

    Parameters
    ----------
    doc_topic : (n_docs, num_topics)
    embeddings : (n_docs, dim)
        May be memory-mapped.
    rows : (n,) int
        The documents to average.
    center : (dim,)
    """
    sums = np.zeros((doc_topic.shape[1], len(center)))
    totals = np.zeros(doc_topic.shape[1])
    for _, part in chunks(rows):
        sums += doc_topic[part].T @ (embeddings[part].astype(np.float32) - center)
        totals += doc_topic[part].sum(axis=0, dtype=np.float64)
    # A topic without documents stays at the centre.
    return (sums / np.maximum(totals, np.finfo(np.float32).tiny)[:, None]).astype(np.float32)
