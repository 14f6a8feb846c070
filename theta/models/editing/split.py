"""Parts of a topic: found in its documents, and their shares in any document.

A part is a word distribution and, for models with embeddings, a centre. In a document, the tokens
that belong to the topic are divided between its parts by expectation-maximisation (EM) for a
mixture of the parts' word distributions, with a prior from the distance to the centres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.errors import InvalidOption
from theta.models.clustering import consensus_clusters, require_distinct
from theta.models.clusters import fit_precision, soft_assignment, squared_distances
from theta.models.document_space import LexicalSpace
from theta.models.topic_words import log_counts
from theta.models.warm_start import StartSpace, start_clusters

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import ModelInputs

_PRIOR_TOKENS = 5.0
"""Weight of a document's prior shares, in tokens."""

_PRIOR_COUNT = 50.0
"""Pseudo-count of words of the whole topic in each part."""

_ROUNDS = 20
"""Iterations of EM, for the parts and for their shares in a document."""

_LEAST_SHARE = 0.05
"""Share of the topic in a document from which the document counts for the words of the parts."""

_LEAST_DOCUMENTS = 5
"""Fewest documents per part."""

_LEXICAL_DIMENSIONS = 64
_NEIGHBORS = 15


@dataclass(frozen=True)
class Tokens:
    """The tokens of documents that belong to a topic.

    Attributes
    ----------
    starts : (n_docs + 1,) int
        Where each document begins in `words`, as in a CSR matrix.
    words : (n,) int
    weights : (n,) float64
        Expected number of tokens of the word that belong to the topic.
    """

    starts: NDArray[np.integer[Any]]
    words: NDArray[np.integer[Any]]
    weights: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        bow: csr_array,
        shares: NDArray[np.float32],
        topic_word: NDArray[np.float32],
        topic: int,
    ) -> Tokens:
        """Return c_dv θ_dt β_tv / Σ_k θ_dk β_kv of each count c_dv.

        Parameters
        ----------
        bow : (n_docs, n_words) csr_array
        shares : (n_docs, num_topics)
            θ.
        topic_word : (num_topics, n_words)
            β.
        topic : int
        """
        by_word = np.ascontiguousarray(topic_word.T, dtype=np.float64)[bow.indices]
        document = np.repeat(np.arange(bow.shape[0]), np.diff(bow.indptr))
        joint = by_word * shares[document]
        weights = bow.data * joint[:, topic] / np.maximum(joint.sum(axis=1), 1e-30)
        return cls(bow.indptr, bow.indices, weights)

    @property
    def documents(self) -> NDArray[np.intp]:
        """The document of each entry."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def per_document(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of values of the entries over each document."""
        sums = np.zeros((len(self.starts) - 1, *values.shape[1:]))
        filled = np.flatnonzero(np.diff(self.starts))
        if len(filled):
            sums[filled] = np.add.reduceat(values, self.starts[filled], axis=0)
        return sums


def part_shares(
    shares: NDArray[np.float32],
    topic: int,
    inputs: ModelInputs,
    arrays: Mapping[str, NDArray[Any]],
) -> NDArray[np.float64]:
    """Return the share of each part in a topic, by document: (n_docs, n_parts).

    Parameters
    ----------
    shares : (n_docs, num_topics) float32
        θ before the split.
    topic : int
        Its position.
    inputs : ModelInputs
    arrays : mapping of str to array
        From `find_parts`.
    """
    tokens = Tokens.of(inputs.bow, shares, arrays["topic_word"], topic)
    prior = _prior(inputs.embeddings, len(shares), arrays)
    return _divide(tokens, arrays["parts"].astype(np.float64), prior)


def find_parts(
    shares: NDArray[np.float32],
    topic_word: NDArray[np.float32],
    topic: int,
    n_parts: int,
    bow: csr_array,
    embeddings: NDArray[Any] | None,
    rows: NDArray[np.intp],
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Return the parts of a topic, found in its training documents.

    The documents in which the topic has the largest share are clustered as at the start of THETA;
    EM then refines the words of the parts.

    Parameters
    ----------
    shares : (n_docs, num_topics) float32
        θ.
    topic_word : (num_topics, n_words) float32
        β.
    topic : int
        Its position.
    n_parts : int
    bow : (n_docs, n_words) csr_array
    embeddings : (n_docs, dim), optional
    rows : (n_train,) int
    seed : int

    Returns
    -------
    mapping of str to array
        ``parts``, (n_parts, n_words), and ``shares``, (n_parts,): their means over the documents;
        ``topic_word``, (num_topics, n_words); with embeddings also ``centres``, (n_parts, dim), and
        ``precision``, (1,).

    Raises
    ------
    InvalidOption
        If the topic has too few documents.
    """
    own = rows[shares[rows].argmax(axis=1) == topic]
    if len(own) < n_parts * _LEAST_DOCUMENTS:
        raise InvalidOption(
            f"the topic has the largest share in {len(own)} training documents, too few for "
            f"{n_parts} topics: at least {n_parts * _LEAST_DOCUMENTS} are needed"
        )
    clusters = _clusters(bow, embeddings, own, n_parts, seed)
    kept = rows[shares[rows, topic] >= _LEAST_SHARE]
    tokens = Tokens.of(bow[kept], shares[kept], topic_word, topic)
    whole = topic_word[topic].astype(np.float64)
    prior = np.full((len(kept), n_parts), 1 / n_parts)
    of_cluster = dict(zip(own.tolist(), clusters.tolist(), strict=True))
    for position, row in enumerate(kept.tolist()):
        if row in of_cluster:
            prior[position] = np.eye(n_parts)[of_cluster[row]]
    parts = _words_of(tokens, prior[tokens.documents], whole)
    arrays: dict[str, NDArray[Any]] = {"topic_word": topic_word}
    if embeddings is not None:
        vectors = np.asarray(embeddings[own], dtype=np.float32)
        centres = np.stack([vectors[clusters == part].mean(axis=0) for part in range(n_parts)])
        distances = squared_distances(vectors, centres)
        with_words = np.diff(bow[own].indptr) > 0
        precision = fit_precision(
            distances[with_words], bow[own][with_words], parts.astype(np.float32)
        )
        arrays |= {"centres": centres, "precision": np.array([precision])}
        prior = _prior(embeddings[kept], len(kept), arrays)
    else:
        arrays["shares"] = np.bincount(clusters, minlength=n_parts) / len(clusters)
        prior = _prior(None, len(kept), arrays)
    for _ in range(_ROUNDS):
        responsibilities = _responsibilities(tokens, parts, _divide(tokens, parts, prior, rounds=3))
        parts = _words_of(tokens, responsibilities, whole)
    return {**arrays, "parts": parts.astype(np.float32)}


def _clusters(
    bow: csr_array,
    embeddings: NDArray[Any] | None,
    rows: NDArray[np.intp],
    n_parts: int,
    seed: int,
) -> NDArray[np.intp]:
    """Return the cluster of each of the topic's documents."""
    counts = log_counts(bow)
    lexical = LexicalSpace.of(counts[rows], _LEXICAL_DIMENSIONS, seed)
    assert lexical is not None
    if embeddings is None:
        vectors = lexical.project(counts[rows]).astype(np.float32)
        require_distinct(vectors, np.arange(len(rows)), n_parts)
        return consensus_clusters(vectors, n_parts, seed)
    n_neighbors = min(_NEIGHBORS, len(rows) // (2 * n_parts))
    space = StartSpace.of(embeddings, rows, n_neighbors, lexical.project(counts), seed)
    return start_clusters(space, bow[rows], None, n_parts, seed)


def _prior(
    embeddings: NDArray[Any] | None, n_docs: int, arrays: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    if "centres" not in arrays:
        return np.tile(arrays["shares"].astype(np.float64), (n_docs, 1))
    assert embeddings is not None
    distances = squared_distances(embeddings, arrays["centres"])
    return soft_assignment(distances, float(arrays["precision"][0])).astype(np.float64)


def _divide(
    tokens: Tokens, parts: NDArray[np.float64], prior: NDArray[np.float64], rounds: int = _ROUNDS
) -> NDArray[np.float64]:
    """Return the share of each part in the topic's tokens, by document: (n_docs, n_parts)."""
    totals = tokens.per_document(tokens.weights)[:, None]
    shares = prior
    for _ in range(rounds):
        responsibilities = _responsibilities(tokens, parts, shares)
        counts = tokens.per_document(tokens.weights[:, None] * responsibilities)
        shares = (_PRIOR_TOKENS * prior + counts) / (_PRIOR_TOKENS + totals)
    return shares / shares.sum(axis=1, keepdims=True)


def _responsibilities(
    tokens: Tokens, parts: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability that an entry's tokens belong to each part: (n, n_parts)."""
    joint = np.ascontiguousarray(parts.T)[tokens.words] * shares[tokens.documents]
    return joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)


def _words_of(
    tokens: Tokens, responsibilities: NDArray[np.float64], whole: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the word distribution of each part, smoothed with that of the whole topic."""
    counts = np.stack(
        [
            np.bincount(tokens.words, tokens.weights * column, minlength=len(whole))
            for column in responsibilities.T
        ]
    )
    smoothed = counts + _PRIOR_COUNT * whole
    return np.asarray(smoothed / smoothed.sum(axis=1, keepdims=True))
