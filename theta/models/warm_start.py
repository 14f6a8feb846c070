"""The initialisation of THETA: topics start as the words of document clusters.

It is decisive: from a random start, training finds topics of common words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED
from theta.models import clustering
from theta.models.document_space import (
    chunks,
    mean_vector,
    nearest_documents,
    sample_rows,
    unit_rows,
)
from theta.models.guided_topics import GuidedTopics, guided_clusters
from theta.models.seed_words import SeedWords, pseudo_documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

PRIOR_COUNT = 50.0
"""Pseudo-count of background words in each cluster."""


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
        *,
        find_neighbors: Callable[..., NDArray[np.int64]] = nearest_documents,
    ) -> StartSpace:
        """Return the space with the centre of the training documents and their neighbours.

        Neighbours with a different known label are replaced by the document itself.
        `find_neighbors` is `nearest_documents`, or keeps what it returned.
        """
        neighbors = None
        if n_neighbors > 0:
            neighbors = find_neighbors(embeddings, rows, n_neighbors, seed)
        if neighbors is not None and labels is not None:
            own, others = labels[rows][:, None], labels[neighbors]
            foreign = (own != others) & (own != UNLABELLED) & (others != UNLABELLED)
            neighbors = np.where(foreign, rows[:, None], neighbors)
        return cls(embeddings, rows, mean_vector(embeddings, rows), neighbors, lexical)

    def without_words(self) -> StartSpace:
        """Return the space of the embeddings alone."""
        return replace(self, lexical=None)

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
    space: StartSpace, bow: csr_array, guided: GuidedTopics | None, n_clusters: int, seed: int
) -> NDArray[np.intp]:
    """Return the initial cluster of each training document.

    Parameters
    ----------
    space : StartSpace
    bow : (n_train, n_words) csr_array
        Counts.
    guided : GuidedTopics, optional
        The topics that the user asks for, which get the first clusters.
    n_clusters, seed : int

    Returns
    -------
    (n_train,) intp

    Raises
    ------
    InvalidOption
        If there are fewer than `n_clusters` distinct embeddings.
    """
    clustering.require_distinct(space.embeddings, space.rows, n_clusters)
    sample = sample_rows(len(space.rows), clustering.MAX_DOCUMENTS, seed)
    vectors = space[sample]
    clusters = clustering.consensus_clusters(vectors, n_clusters, seed)
    if guided is not None:
        embeddings = vectors[:, : len(space.center)]
        weights = guided.weights(embeddings, bow[sample], space.center, n_clusters)
        clusters = guided_clusters(vectors, weights, clusters)
    return clustering.extend_to_all(clusters, sample, space, len(space.rows))


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
    smoothed = counts + PRIOR_COUNT * background
    totals = counts.sum(axis=1, keepdims=True) + PRIOR_COUNT
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
