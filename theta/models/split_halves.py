"""Whether topics return in other documents, and whether words alone predict them.

The documents are split into two random halves, and each half is clustered by itself as the
initialisation of THETA does it; no network is trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.models.document_space import LexicalSpace, nearest_documents, unit_rows
from theta.models.quick_clusters import quick_consensus
from theta.models.topic_words import log_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Halves = tuple[NDArray[np.intp], NDArray[np.intp]]

_NEIGHBORS = 15
_CANDIDATES = 4 * _NEIGHBORS
"""Neighbours searched among all documents; about half of them are in the same half."""

_EMBEDDING_DIM = 128
"""Dimensions of the embeddings that are looked at."""

_LEXICAL_DIM, _COMPONENTS, _PRIOR_WORDS = 100, 64, 50.0


class Agreement(NamedTuple):
    """What one split into halves says of a number of topics.

    Attributes
    ----------
    returning : float
        J: the mean over topics of the largest Jaccard overlap of a topic's documents with a topic
        of the other half, from 0 to 1. All documents count, each assigned to its nearest centre
        (clusterwise stability: Hennig 2007, https://doi.org/10.1016/j.csda.2006.11.025).
    readable : float
        F: the mean F1 with which words alone (naive Bayes, fitted on one half) predict the topics
        of the other half's documents.
    """

    returning: float
    readable: float


class SplitHalves:
    """A corpus, split into halves in several ways.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts.
    embeddings : (n_docs, dim), optional
        Without them, the latent semantic analysis of the counts takes their place.
    seed : int
    largest : int
        Largest number of topics that will be asked for.
    reading : (n_docs, n_other_words) csr_array, optional
        Counts of the words that topics are to be read by; by default those of `bow`.
    """

    def __init__(
        self,
        bow: csr_array,
        embeddings: NDArray[Any] | None,
        seed: int,
        largest: int,
        reading: csr_array | None = None,
    ) -> None:
        self._counts = log_counts(bow)
        self._reading = self._counts if reading is None else log_counts(reading)
        space = LexicalSpace.of(self._counts, _LEXICAL_DIM, seed)
        assert space is not None  # 100 dimensions were asked for
        self._lexical = space.project(self._counts).astype(np.float32)
        self._vectors = self._lexical
        if embeddings is not None:
            self._vectors = _leading_dimensions(embeddings.astype(np.float32), seed)
        rows = np.arange(len(self._vectors))
        n_candidates = min(_CANDIDATES, len(rows) - 1)
        self._neighbors = nearest_documents(self._vectors, rows, n_candidates, seed)
        self._seed, self._n_components = seed, max(_COMPONENTS, largest)
        self._spaces: dict[int, tuple[NDArray[np.float32], Halves]] = {}

    def agreement(self, num_topics: int, split: int) -> Agreement:
        """Cluster both halves of a split and compare their topics."""
        topics = self.topics(num_topics, split)
        halves = self._spaces[split][1]
        return Agreement(
            mean_overlap(*topics, num_topics),
            _mean_f1(self._reading, topics, halves, num_topics),
        )

    def topics(self, num_topics: int, split: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the topic of every document by the centres of the first and of the second half.

        Both have shape (n_docs,).
        """
        if split not in self._spaces:
            halves = self._halves(split)
            self._spaces[split] = self._start_space(halves), halves
        space, halves = self._spaces[split]
        first, second = (
            _nearest_centers(space, half, num_topics, self._seed + split) for half in halves
        )
        return first, second

    def _halves(self, split: int) -> Halves:
        """Return the rows of two random halves, ascending."""
        n_docs = self._counts.shape[0]
        order = np.random.default_rng([self._seed, split]).permutation(n_docs)
        return np.sort(order[: n_docs // 2]), np.sort(order[n_docs // 2 :])

    def _start_space(self, halves: Halves) -> NDArray[np.float32]:
        """Return the vectors that THETA's initialisation clusters: (n_docs, n_components).

        The neighbours of a document are from its own half: others would leak the other half.
        """
        n_docs = len(self._vectors)
        second = np.zeros(n_docs, dtype=bool)
        second[halves[1]] = True
        own = second[self._neighbors] == second[:, None]
        n_neighbors = min(_NEIGHBORS, n_docs // 16)
        own &= np.cumsum(own, axis=1) <= n_neighbors
        total = self._vectors.copy()
        for neighbors, counted in zip(self._neighbors.T, own.T, strict=True):
            total[counted] += self._vectors[neighbors[counted]]
        total /= (1 + own.sum(axis=1, keepdims=True)).astype(np.float32)
        smoothed = unit_rows(total - self._vectors.mean(axis=0))
        both = np.hstack([smoothed, self._lexical])
        return _principal_components(both, self._n_components)


def _leading_dimensions(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """Return (n, dim) vectors in at most 128 dimensions that keep lengths and angles best."""
    from sklearn.decomposition import TruncatedSVD

    if vectors.shape[1] <= _EMBEDDING_DIM or len(vectors) <= _EMBEDDING_DIM:
        return vectors
    reduced = TruncatedSVD(_EMBEDDING_DIM, random_state=seed).fit_transform(vectors)
    return np.asarray(reduced, dtype=np.float32)


def _principal_components(vectors: NDArray[np.float32], n_components: int) -> NDArray[np.float32]:
    """Return (n, dim) vectors in at most `n_components` principal components.

    From the covariance of a few hundred dimensions, which is exact and a tenth of the time of the
    randomised method.
    """
    from sklearn.decomposition import PCA

    if n_components >= min(vectors.shape):
        return vectors
    reduction = PCA(n_components, svd_solver="covariance_eigh")
    return np.asarray(reduction.fit_transform(vectors), dtype=np.float32)


def _nearest_centers(
    space: NDArray[np.float32], half: NDArray[np.intp], num_topics: int, seed: int
) -> NDArray[np.intp]:
    """Return the nearest centre of a half for each document: (n_docs,)."""
    n_components = max(_COMPONENTS, num_topics)
    own = quick_consensus(space[half][:, :n_components], num_topics, seed)
    found = np.unique(own)
    centers = np.stack([space[half[own == topic]].mean(axis=0) for topic in found])
    distances = (centers**2).sum(axis=1) - 2 * space @ centers.T
    return found[np.argmin(distances, axis=1)]


def overlap_by_chance(num_topics: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return J₀ = .86 K^−.38, the J of documents without topics, which K cells also cut.

    It was fitted to normal distributions with the mean and the covariance of 31 corpora, which
    differ little in it. To fit it to each corpus, for a quarter of the time, changed none of eleven
    estimates.
    """
    chance: NDArray[np.float64] = 0.86 * num_topics.astype(np.float64) ** -0.38
    return chance


def contingency(x: NDArray[np.intp], y: NDArray[np.intp], num_topics: int) -> NDArray[np.float64]:
    """Return the number of documents of each pair of topics: (num_topics, num_topics)."""
    table = np.bincount(x * num_topics + y, minlength=num_topics**2)
    return table.reshape(num_topics, num_topics).astype(np.float64)


def mean_overlap(x: NDArray[np.intp], y: NDArray[np.intp], num_topics: int) -> float:
    """Return the mean Jaccard overlap of each topic with its best match, in both directions."""
    table = contingency(x, y, num_topics)
    union = table.sum(axis=1)[:, None] + table.sum(axis=0) - table
    overlap = table / np.maximum(union, 1)
    return float((overlap.max(axis=0).mean() + overlap.max(axis=1).mean()) / 2)


def _mean_f1(
    counts: csr_array,
    topics: tuple[NDArray[np.intp], NDArray[np.intp]],
    halves: Halves,
    num_topics: int,
) -> float:
    """Return the mean F1 of naive Bayes on the half that it was not fitted on."""
    from scipy.sparse import csr_array

    background = np.asarray(counts.sum(axis=0)).ravel() + 1.0
    background /= background.sum()
    found = []
    for topic, fitted, held_out in zip(topics, halves, halves[::-1], strict=True):
        ones, columns = np.ones(len(fitted)), np.arange(len(fitted))
        members = csr_array((ones, (topic[fitted], columns)), shape=(num_topics, len(fitted)))
        words = (members @ counts[fitted]).toarray() + _PRIOR_WORDS * background
        log_ratio = np.log(words / words.sum(axis=1, keepdims=True) / background)
        share = np.bincount(topic[fitted], minlength=num_topics) / len(fitted)
        guess = (counts[held_out] @ log_ratio.T + np.log(share + 1e-6)).argmax(axis=1)
        table = contingency(guess, topic[held_out], num_topics)
        sizes = table.sum(axis=0) + table.sum(axis=1)
        found.append(2 * table.diagonal() / np.maximum(sizes, 1))
    return float(np.mean(found))
