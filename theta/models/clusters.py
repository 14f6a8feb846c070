"""Topics from clusters of documents: word distributions and soft assignments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from theta.contracts import ModelInputs, Split, TopicModelOutput
from theta.models.requirements import require_data

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Corpus

SMOOTHING = 50.0
"""Pseudo-count of corpus words added to every cluster."""

_BLOCK = 1024
"""Documents per matrix product. The order of additions may depend on the shape, so the shape is
fixed: the result for a document has the same bits whatever the other documents."""

_CALIBRATION_DOCUMENTS = 2000
_LOG_PRECISION = (0.0, 9.0)
"""For unit vectors: from nearly equal shares (τ = 1) to one topic per document (8,000)."""


def count_words(
    bow: csr_array, clusters: NDArray[np.integer[Any]], n_clusters: int
) -> NDArray[np.float64]:
    """Return the count of each word in each cluster.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    clusters : (n_docs,) int
        Negative for a document without a cluster.
    n_clusters : int

    Returns
    -------
    (n_clusters, n_words) float64
    """
    from scipy.sparse import csr_array

    inside = np.flatnonzero(clusters >= 0)
    shape = (n_clusters, bow.shape[0])
    member = csr_array((np.ones(len(inside)), (clusters[inside], inside)), shape=shape)
    counts: NDArray[np.float64] = (member @ bow).toarray()
    return counts


def class_tf_idf(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return c-TF-IDF, by which the words of a cluster are ranked.

    tf_kv log(1 + A / f_v): tf is the share of word v in cluster k, f_v its count in all clusters, A
    the mean number of words in a cluster. Grootendorst (2022), BERTopic, equation 1
    (https://arxiv.org/abs/2203.05794), with the shares of its implementation.

    Parameters
    ----------
    counts : (n_clusters, n_words) float
        Counts of words in clusters.
    """
    per_cluster = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    per_word = np.maximum(counts.sum(axis=0), 1)
    scores: NDArray[np.float64] = (
        counts / per_cluster * np.log1p(counts.sum(axis=1).mean() / per_word)
    )
    return scores


def word_distribution(
    counts: NDArray[np.float64], background: NDArray[np.floating[Any]]
) -> NDArray[np.float32]:
    """Return the smoothed share of each word in each cluster.

    (n_kv + 50 p_v) / (n_k + 50): the corpus frequencies are a Dirichlet prior, so that no word has
    probability 0. Zhai & Lafferty (2004), https://doi.org/10.1145/984321.984322, section 3.

    Parameters
    ----------
    counts : (n_clusters, n_words) float
    background : (n_words,) float
        Counts of words in the training documents.

    Returns
    -------
    (n_clusters, n_words) float32
        Each row sums to one.
    """
    # Add-one smoothing, for words that occur in held-out documents only.
    share = (background + 1) / (background + 1).sum()
    smoothed = counts + SMOOTHING * share
    return (smoothed / smoothed.sum(axis=1, keepdims=True)).astype(np.float32)


def squared_distances(
    embeddings: NDArray[np.floating[Any]], centres: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Return ‖e_d − c_k‖² of each document and cluster: (n_docs, n_clusters).

    Parameters
    ----------
    embeddings : (n_docs, dim) float
        May be memory-mapped; read in blocks.
    centres : (n_clusters, dim) float
    """
    vectors = np.asarray(centres, dtype=np.float64)
    distances = np.empty((len(embeddings), len(vectors)))
    block = np.zeros((_BLOCK, vectors.shape[1]))
    for start in range(0, len(embeddings), _BLOCK):
        kept = min(_BLOCK, len(embeddings) - start)
        block[:kept] = embeddings[start : start + kept]
        lengths = np.einsum("nd,nd->n", block, block)[:, None] + (vectors**2).sum(axis=1)
        distances[start : start + kept] = (lengths - 2 * (block @ vectors.T))[:kept]
    return distances


def soft_assignment(distances: NDArray[np.float64], precision: float) -> NDArray[np.float32]:
    """Return the soft assignment of documents to clusters.

    θ_dk ∝ exp(−½ τ ‖e_d − c_k‖²): the posterior of a mixture of spherical Gaussians with equal
    weights and variances; the nearest centre has the largest share.

    Parameters
    ----------
    distances : (n_docs, n_clusters) float64
        Squared distances.
    precision : float
        τ.

    Returns
    -------
    (n_docs, n_clusters) float32
        Each row sums to one.
    """
    from scipy.special import softmax

    weights: NDArray[np.float32] = softmax(-0.5 * precision * distances, axis=1).astype(np.float32)
    return weights


class ClusterModel:
    """A topic model whose topics are cluster centres of document embeddings."""

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]] = frozenset({"embeddings"})
    centres_in_state: ClassVar[str] = "centres"
    """Name of the centres in the state."""

    unit_centres: ClassVar[bool] = False
    """Scale the centres to length 1, so that the nearest one has the largest cosine."""

    def output(
        self,
        corpus: Corpus,
        embeddings: NDArray[np.floating[Any]],
        clusters: NDArray[np.integer[Any]],
        num_topics: int,
        word_scores: NDArray[np.float32] | None = None,
    ) -> TopicModelOutput:
        """Return the topics of the clusters of training documents.

        Parameters
        ----------
        corpus : Corpus
        embeddings : (n_docs, dim) float
            Of all documents; may be memory-mapped.
        clusters : (n_train,) int
            Negative for a document without a cluster.
        num_topics : int
        word_scores : (num_topics, n_words) float32, optional
            Scores that rank the words; c-TF-IDF by default.
        """
        train = corpus.rows(Split.TRAIN)
        bow, vectors = corpus.bow[train], np.asarray(embeddings[train], dtype=np.float32)
        counts = count_words(bow, clusters, num_topics)
        topic_word = word_distribution(counts, np.asarray(bow.sum(axis=0), dtype=np.float64))
        means = np.array([vectors[clusters == k].mean(axis=0) for k in range(num_topics)])
        centres = means
        if self.unit_centres:
            centres = means / np.linalg.norm(means, axis=1, keepdims=True)
        precision = calibrate(corpus, embeddings, centres, topic_word)
        state = {self.centres_in_state: centres, "precision": np.array([precision])}
        return TopicModelOutput(
            doc_topic=self.infer(state, None, ModelInputs(corpus.bow, embeddings)),
            topic_word=topic_word,
            word_scores=class_tf_idf(counts).astype(np.float32)
            if word_scores is None
            else word_scores,
            topic_embeddings=means,
            state=state,
            facts={"precision": precision},
        )

    def infer(
        self,
        state: Mapping[str, NDArray[Any]],
        options: Any,  # noqa: ARG002  (the state is sufficient)
        inputs: ModelInputs,
        device: str = "cpu",  # noqa: ARG002  (numpy only)
    ) -> NDArray[np.float32]:
        """Return θ of documents, each row independent of the others."""
        vectors = require_data(inputs.embeddings, self.name, "document embeddings")
        distances = squared_distances(vectors, state[self.centres_in_state])
        return soft_assignment(distances, float(state["precision"][0]))


def fit_precision(
    distances: NDArray[np.float64], bow: csr_array, topic_word: NDArray[np.float32]
) -> float:
    """Return the τ that maximises the likelihood of the words of documents.

    The variance of the embeddings is no guide: in hundreds of dimensions it assigns every document
    to one cluster. So τ maximises Σ x log(θ(τ) β) over documents that were not clustered.

    Parameters
    ----------
    distances : (n_docs, n_clusters) float64
    bow : (n_docs, n_words) csr_array
        Counts of the same documents, with at least one word.
    topic_word : (n_clusters, n_words) float
        β, positive.
    """
    from scipy.optimize import minimize_scalar

    document = np.repeat(np.arange(bow.shape[0]), np.diff(bow.indptr))
    by_word = np.ascontiguousarray(topic_word.T)[bow.indices]

    def negative_log_likelihood(log_precision: float) -> float:
        weights = soft_assignment(distances, float(np.exp(log_precision)))
        return -float(bow.data @ np.log(np.einsum("ik,ik->i", weights[document], by_word) + 1e-30))

    return float(
        np.exp(minimize_scalar(negative_log_likelihood, bounds=_LOG_PRECISION, method="bounded").x)
    )


def calibrate(
    corpus: Corpus,
    embeddings: NDArray[np.floating[Any]],
    centres: NDArray[np.floating[Any]],
    topic_word: NDArray[np.float32],
) -> float:
    """Return `fit_precision` of the validation documents or, without any, of training documents."""
    validation = corpus.rows(Split.VALIDATION)
    rows = validation if corpus.bow[validation].nnz else corpus.rows(Split.TRAIN)
    rows = rows[:_CALIBRATION_DOCUMENTS]
    return fit_precision(squared_distances(embeddings[rows], centres), corpus.bow[rows], topic_word)
