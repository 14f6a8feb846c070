"""The topics that the user asks for, by descriptions, seed words or both, and their clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.errors import InvalidOption
from theta.models.described_topics import DescribedTopics, read_descriptions, texts_to_embed
from theta.models.seed_words import SeedWords, find_seed_words, read_seed_words, seed_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_NEAREST_SHARE = 0.25
"""Documents at which a described topic starts, as a share of an average topic. More contain
documents of other topics, and fewer are less typical. Of 20 Newsgroups, .05 to .5 gave F1 scores
within .02 of the best."""

_MAX_ITERATIONS = 50


@dataclass(frozen=True)
class GuidedTopics:
    """The topics that the user asks for. They are the topics 0, 1, ...; the others are free.

    Attributes
    ----------
    names : tuple of str
        Described topics come first, then those with seed words only.
    described : DescribedTopics, optional
    seeds : SeedWords, optional
        Of all guided topics; a topic without seed words has an empty list.
    """

    names: tuple[str, ...]
    described: DescribedTopics | None
    seeds: SeedWords | None

    @property
    def definition(self) -> list[Any]:
        """What the user asked for, ready for JSON: the topics start alike if it is the same."""
        described = self.described
        return [
            list(self.names),
            None if described is None else list(described.descriptions),
            None if self.seeds is None else [list(words) for words in self.seeds.words],
        ]

    def described_record(
        self,
    ) -> tuple[Sequence[Mapping[str, Any]], NDArray[np.float32]] | None:
        """Return numbers, names and descriptions, and the vectors of these; None without any."""
        described = self.described
        return None if described is None else (described.record(), described.vectors)

    def weights(
        self,
        embeddings: NDArray[np.float32],
        bow: csr_array,
        center: NDArray[np.float32],
        num_topics: int,
    ) -> NDArray[np.float32]:
        """Return how much each document says of where each guided topic starts.

        Parameters
        ----------
        embeddings : (n_docs, dim) float32
            Centred and of length 1.
        bow : (n_docs, n_words) csr_array
            Counts.
        center : (dim,) float32
        num_topics : int

        Returns
        -------
        (n_docs, n_guided) float32
            With positive column sums. A description counts before seed words.
        """
        n_docs = bow.shape[0]
        weights = np.ones((n_docs, len(self.names)), dtype=np.float32)
        if self.seeds is not None:
            weights = seed_weights(bow, self.seeds)
        if self.described is not None:
            n_nearest = max(1, round(_NEAREST_SHARE * n_docs / num_topics))
            n_described = len(self.described.names)
            weights[:, :n_described] = self.described.nearest_documents(
                embeddings, center, n_nearest
            )
        return weights


def read_guided_topics(
    topics: Path | None,
    seed_words: Path | None,
    vocabulary: Sequence[str],
    num_topics: int,
    embed: Callable[[list[str]], NDArray[Any]],
) -> GuidedTopics | None:
    """Return the topics that the user asks for; None without any.

    Parameters
    ----------
    topics : Path, optional
        File of names and descriptions.
    seed_words : Path, optional
        YAML file of names and seed words. A name that is also in `topics` is the same topic.
    vocabulary : sequence of str
    num_topics : int
    embed : callable
        Returns the vectors of texts, (n_texts, dim), by the encoder of the documents.

    Raises
    ------
    MissingFile
        If a file does not exist.
    InvalidOption
        If a file is not valid, or the user asks for more than `num_topics` topics.
    """
    descriptions = {} if topics is None else read_descriptions(topics)
    words = {} if seed_words is None else read_seed_words(seed_words)
    names = tuple(dict.fromkeys([*descriptions, *words]))
    if not names:
        return None
    if len(names) > num_topics:
        given = {"--topics": topics, "--seed_words": seed_words}
        flags = [flag for flag, path in given.items() if path is not None]
        raise InvalidOption(
            f"{' and '.join(flags)} {'names' if len(flags) == 1 else 'name'} {len(names)} topics, "
            f"--num_topics is {num_topics}: ask for {len(names)} topics or more"
        )
    seeds, described = None, None
    if words:
        seeds = find_seed_words({name: words.get(name, []) for name in names}, vocabulary)
    if descriptions:
        vectors = np.asarray(embed(texts_to_embed(descriptions)), dtype=np.float32)
        described = DescribedTopics(tuple(descriptions), tuple(descriptions.values()), vectors)
    return GuidedTopics(names, described, seeds)


def guided_clusters(
    vectors: NDArray[np.float32], weights: NDArray[np.float32], clusters: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the cluster of each document; the first clusters are the guided topics.

    Each guided topic takes the place of the cluster in which its documents are; so the free topics
    do not find it a second time. Then all centres are updated as in Lloyd's k-means, but a guided
    centre is held by its documents, which weigh as much as an average cluster.

    Parameters
    ----------
    vectors : (n_docs, dim) float32
    weights : (n_docs, n_guided) float32
        Documents at which the guided topics start, with positive column sums.
    clusters : (n_docs,) int
        A clustering without guidance.

    Returns
    -------
    (n_docs,) intp
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import pairwise_distances_argmin

    shares = weights / weights.sum(axis=0)
    held = shares.T @ vectors
    found = np.unique(clusters)
    overlap = np.stack([shares[clusters == c].sum(axis=0) for c in found], axis=1)
    _, taken = linear_sum_assignment(-overlap)
    free = np.delete(found, taken)
    centers = np.stack([*held, *(vectors[clusters == c].mean(axis=0) for c in free)])
    centers = centers.astype(np.float32)
    hold = len(vectors) / len(centers)
    clusters = np.asarray(pairwise_distances_argmin(vectors, centers), dtype=np.intp)
    for _ in range(_MAX_ITERATIONS):
        for k in range(len(centers)):
            members = vectors[clusters == k]
            if k < len(held):
                centers[k] = (hold * held[k] + members.sum(axis=0)) / (hold + len(members))
            elif len(members):
                centers[k] = members.mean(axis=0)
        nearest = pairwise_distances_argmin(vectors, centers)
        if np.array_equal(nearest, clusters):
            break
        clusters = nearest.astype(np.intp)
    return clusters
