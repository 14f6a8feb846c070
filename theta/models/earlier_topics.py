"""The topics of a finished run, from which another training starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.models import clustering
from theta.models.document_space import chunks, sample_rows, unit_rows
from theta.models.warm_start import cluster_deviations

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.models.warm_start import StartSpace

_MAX_ITERATIONS = 20

_LEAST_PROBABILITY = 1e-12


@dataclass(frozen=True)
class EarlierTopics:
    """Topics of a finished run over the words of another corpus.

    Attributes
    ----------
    numbers : tuple of int
        Numbers of the earlier topics, then those of the new ones.
    topic_word : (num_earlier, n_words) float32
        β over the words of the new corpus; 0 for words that the run does not know.
    known : (n_words,) bool
        Whether the run knows each word.
    centers : (num_earlier, dim) float32
        Mean embedding of the documents of each topic in the run.
    names : mapping of int to str
        The names that the user gave, by topic number.
    sources : mapping of str to sequence
        What edited topics are made of; ``topic_sources`` of the run's facts.
    descriptions : (records, vectors), optional
        ``described_topics`` of the run's facts, and the vectors of the descriptions by number.
    fingerprint : str
        Changes when the run changes.
    """

    numbers: tuple[int, ...]
    topic_word: NDArray[np.float32]
    known: NDArray[np.bool_]
    centers: NDArray[np.float32]
    names: Mapping[int, str]
    sources: Mapping[str, Sequence[Any]]
    descriptions: tuple[Sequence[Mapping[str, Any]], NDArray[np.float32]] | None
    fingerprint: str

    @property
    def n_new(self) -> int:
        """Number of new topics."""
        return len(self.numbers) - len(self.topic_word)

    def facts(self) -> dict[str, Any]:
        """Return the facts of a training that starts here: numbers, names and what they mean."""
        return {
            "trained_numbers": list(self.numbers),
            "topic_numbers": list(self.numbers),
            "next_topic_number": max(self.numbers) + 1,
            "topic_names": {str(number): name for number, name in self.names.items()},
            "topic_sources": dict(self.sources),
        }

    def clusters(self, space: StartSpace, seed: int) -> NDArray[np.intp]:
        """Return the initial topic of each training document, by position: (n_train,).

        Documents go to the nearest earlier topic. Of a clustering of all documents, each new topic
        takes the cluster that brings documents closest to a centre, given the topics before it.

        Parameters
        ----------
        space : StartSpace
        seed : int
        """
        embeddings = space.without_words()
        centers = unit_rows(self.centers - space.center)
        if self.n_new:
            sample = sample_rows(len(space.rows), clustering.MAX_DOCUMENTS, seed)
            n_clusters = min(len(self.numbers), len(sample))
            clustering.require_distinct(space.embeddings, space.rows, n_clusters)
            vectors = embeddings[sample]
            found = clustering.consensus_clusters(vectors, n_clusters, seed)
            centers = _with_new_centers(vectors, centers, found, self.n_new)
        nearest = np.empty(len(space.rows), dtype=np.intp)
        for part, positions in chunks(np.arange(len(space.rows))):
            nearest[part] = (embeddings[positions] @ centers.T).argmax(axis=1)
        return nearest

    def deviations(
        self, bow: csr_array, clusters: NDArray[np.intp], log_background: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the initial log deviations B of all topics: (num_topics, n_words).

        An earlier topic keeps β. Words that it does not know get the probability that they have in
        the documents of its cluster, and the others make room. New topics start as clusters do.

        Parameters
        ----------
        bow : (n_train, n_words) csr_array
            Counts.
        clusters : (n_train,) int
            Result of `clusters`.
        log_background : (n_words,) float32
            m.
        """
        deviations = cluster_deviations(bow, clusters, len(self.numbers), log_background)
        n_earlier = len(self.topic_word)
        probabilities = np.exp(deviations[:n_earlier] + log_background, dtype=np.float64)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        room = 1 - probabilities[:, ~self.known].sum(axis=1, keepdims=True)
        kept = self.topic_word[:, self.known].astype(np.float64)
        probabilities[:, self.known] = room * kept / kept.sum(axis=1, keepdims=True)
        logarithms = np.log(np.maximum(probabilities, _LEAST_PROBABILITY))
        deviations[:n_earlier] = logarithms - log_background
        return deviations


def _with_new_centers(
    vectors: NDArray[np.float32],
    centers: NDArray[np.float32],
    clusters: NDArray[np.intp],
    n_new: int,
) -> NDArray[np.float32]:
    """Return the centres with new ones, which are then updated as in spherical k-means.

    Parameters
    ----------
    vectors : (n_docs, dim) float32
        Of length 1.
    centers : (num_earlier, dim) float32
    clusters : (n_docs,) int
        Clusters of which `n_new` become new topics.
    n_new : int
    """
    candidates = unit_rows(
        np.stack([vectors[clusters == c].mean(axis=0) for c in np.unique(clusters)])
    )
    similarity, closeness = (vectors @ centers.T).max(axis=1), vectors @ candidates.T
    chosen: list[int] = []
    for _ in range(min(n_new, len(candidates))):
        gains = np.maximum(closeness - similarity[:, None], 0).sum(axis=0)
        gains[chosen] = -1
        chosen.append(int(gains.argmax()))
        similarity = np.maximum(similarity, closeness[:, chosen[-1]])
    n_earlier = len(centers)
    centers = np.vstack([centers, candidates[chosen]])
    for _ in range(_MAX_ITERATIONS):
        nearest = (vectors @ centers.T).argmax(axis=1)
        for k in range(n_earlier, len(centers)):
            members = vectors[nearest == k]
            if len(members):
                centers[k] = unit_rows(members.mean(axis=0, keepdims=True))[0]
    return centers
