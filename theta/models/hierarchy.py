"""A hierarchy over topics: clustering by their words and by the meaning of their documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DOCUMENTS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Node:
    """A group of two or more topics that are merged.

    Attributes
    ----------
    children : (int, int)
        Below `num_topics` a topic, by its position; else node ``child - num_topics``.
    topics : tuple of int
        Positions of all topics below, ascending.
    height : float
        Dissimilarity at which the two are merged: 1 for the last merge, the whole.
    """

    children: tuple[int, int]
    topics: tuple[int, ...]
    height: float


def topic_hierarchy(
    similarity: NDArray[np.floating[Any]], meaning: NDArray[np.floating[Any]] | None
) -> tuple[Node, ...]:
    """Return the merges of topics, the most similar first: num_topics − 1 nodes.

    The dissimilarity of two topics is the sum of their dissimilarity by words and, where there are
    vectors of documents, by meaning, each in units of its standard deviation over all pairs. Groups
    are merged by complete linkage: a group is as dissimilar as its most dissimilar topics.

    Parameters
    ----------
    similarity : (num_topics, num_topics) float
        By words: `theta.plots.similarity.word_similarity`.
    meaning : (num_topics, dim) float, optional
        `mean_vectors` of the topics.
    """
    from scipy.cluster.hierarchy import linkage

    num_topics = len(similarity)
    if num_topics < 2:
        return ()
    pairs = np.triu_indices(num_topics, 1)
    distances = _scaled(1 - np.asarray(similarity, np.float64)[pairs])
    if meaning is not None:
        distances = distances + _scaled(1 - _cosines(meaning)[pairs])
    tree = linkage(distances, "complete")
    heights = tree[:, 2] / (tree[-1, 2] or 1.0)
    topics: list[tuple[int, ...]] = [(k,) for k in range(num_topics)]
    nodes = []
    for (first, second), height in zip(tree[:, :2].astype(int).tolist(), heights, strict=True):
        topics.append(tuple(sorted(topics[first] + topics[second])))
        nodes.append(Node((first, second), topics[-1], float(height)))
    return tuple(nodes)


def groups_at(nodes: Sequence[Node], num_groups: int) -> list[tuple[int, ...]]:
    """Return the groups of topics when the hierarchy is cut into a number of groups.

    Parameters
    ----------
    nodes : sequence of Node
        The hierarchy of ``len(nodes) + 1`` topics.
    num_groups : int
        From 1 to the number of topics.

    Returns
    -------
    list of tuple of int
        Positions of topics, ascending; the groups in the order of their first topics.
    """
    num_topics = len(nodes) + 1
    groups: dict[int, tuple[int, ...]] = {k: (k,) for k in range(num_topics)}
    for at, node in enumerate(nodes[: num_topics - num_groups]):
        for child in node.children:
            del groups[child]
        groups[num_topics + at] = node.topics
    return sorted(groups.values())


def leaves_in_order(nodes: Sequence[Node]) -> list[int]:
    """Return the topics from top to bottom of a dendrogram, so that no two branches cross."""
    num_topics = len(nodes) + 1

    def below(child: int) -> list[int]:
        if child < num_topics:
            return [child]
        first, second = nodes[child - num_topics].children
        return below(first) + below(second)

    return below(2 * num_topics - 2) if nodes else [0]


def mean_vectors(
    doc_topic: NDArray[np.floating[Any]], vectors: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Return the mean vector of each topic's documents, weighted by θ: (num_topics, dim).

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ.
    vectors : (n_docs, dim) float
        Of the documents.
    """
    sums = np.zeros((doc_topic.shape[1], vectors.shape[1]))
    for first in range(0, len(doc_topic), _DOCUMENTS_AT_ONCE):
        part = slice(first, first + _DOCUMENTS_AT_ONCE)
        sums += doc_topic[part].T.astype(np.float32) @ vectors[part].astype(np.float32)
    totals = np.asarray(doc_topic.sum(axis=0, dtype=np.float64))[:, None]
    return np.asarray(sums / np.maximum(totals, np.finfo(np.float64).tiny))


def _cosines(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the cosines of vectors around their mean, which all topics share."""
    centred = vectors - vectors.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.maximum(lengths, np.finfo(np.float64).tiny)
    return np.asarray(unit @ unit.T, dtype=np.float64)


def _scaled(dissimilarities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return dissimilarities in units of their standard deviation; 0 stays that of equals."""
    spread = float(dissimilarities.std())
    return np.maximum(dissimilarities, 0) / (spread or 1.0)
