"""Document vectors from counts (latent semantic analysis), and nearest neighbours.

An embedding describes the subject of a document, its counts the words used: coherent topics need
both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.models.tf_idf import inverse_document_frequency, tf_idf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

CHUNK = 50_000
"""Documents whose float32 vectors are in memory at a time."""

_LEXICAL_SAMPLE = 100_000
"""Maximum number of documents for fitting the latent semantic analysis."""

_RELIABLE_WORDS = 10.0
"""Number of distinct words at which the lexical vector has half of its full weight."""

_EXACT_SEARCH = 20_000
"""Maximum number of documents for an exact neighbour search."""

_CELL = 2_000
"""Mean number of documents per cell of the approximate search."""

_CELL_SAMPLE = 50_000
"""Documents from which the centres of the cells are computed."""

_PREFIX = "lexical."


@dataclass(frozen=True)
class LexicalSpace:
    """Latent semantic space of word counts (Deerwester et al. 1990), fixed after training.

    Attributes
    ----------
    rarity : (n_words,) float32
        Inverse document frequency log((1 + n) / (1 + n_v)) + 1.
    axes : (n_words, n_dimensions) float32
        Right singular vectors of the weighted counts.
    center : (n_dimensions,) float32
        Mean of the training documents.
    """

    rarity: NDArray[np.float32]
    axes: NDArray[np.float32]
    center: NDArray[np.float32]

    @classmethod
    def of(cls, counts: csr_array, n_dimensions: int, seed: int) -> LexicalSpace | None:
        """Fit the space to training documents; None for 0 dimensions.

        Parameters
        ----------
        counts : (n_train, n_words) csr_array
            log2(1 + x) of the counts x.
        n_dimensions : int
            Maximum; also limited by the numbers of words and documents, minus one.
        seed : int
            Seed of the randomised decomposition (Halko, Martinsson & Tropp 2011).
        """
        from sklearn.decomposition import TruncatedSVD

        if n_dimensions == 0:
            return None
        n_docs, n_words = counts.shape
        rarity = inverse_document_frequency(counts).astype(np.float32)
        sample = sample_rows(n_docs, _LEXICAL_SAMPLE, seed)
        n_axes = max(1, min(n_dimensions, n_words - 1, len(sample) - 1))
        weighted = _unit_tf_idf(counts[sample], rarity)
        axes = TruncatedSVD(n_axes, random_state=seed).fit(weighted).components_.T
        axes = np.ascontiguousarray(axes, dtype=np.float32)
        center = np.asarray(weighted.mean(axis=0) @ axes, dtype=np.float32)
        return cls(rarity, axes, center)

    def project(self, counts: csr_array) -> NDArray[np.float16]:
        """Return l of documents, each row independent of the others.

        l has the direction of the centred projection and the length √(n / (n + 10)), where n is the
        number of distinct words: the counts of a short text are less reliable.

        Parameters
        ----------
        counts : (n_docs, n_words) csr_array
            log2(1 + x) of the counts x.

        Returns
        -------
        (n_docs, n_dimensions) float16
        """
        projected = np.empty((counts.shape[0], len(self.center)), dtype=np.float16)
        for begin in range(0, len(projected), CHUNK):
            part = counts[begin : begin + CHUNK]
            n_distinct = np.diff(part.indptr)[:, None].astype(np.float32)
            vectors = _unit_tf_idf(part, self.rarity) @ self.axes - self.center
            lengths = np.sqrt(n_distinct / (n_distinct + _RELIABLE_WORDS))
            projected[begin : begin + CHUNK] = lengths * unit_rows(vectors)
        return projected

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays for `from_arrays`, with prefixed names, for the state of a model."""
        return {f"{_PREFIX}{name}": array for name, array in vars(self).items()}

    @classmethod
    def from_arrays(cls, state: Mapping[str, NDArray[Any]]) -> LexicalSpace | None:
        """Return the space in the state of a model; None if there is none."""
        arrays = {n[len(_PREFIX) :]: a for n, a in state.items() if n.startswith(_PREFIX)}
        return cls(**arrays) if arrays else None


def _unit_tf_idf(counts: csr_array, rarity: NDArray[np.float32]) -> csr_array:
    """Return tf-idf rows of length 1; empty documents stay zero."""
    weighted = tf_idf(counts, rarity)
    squares = weighted.copy()
    squares.data *= squares.data
    lengths = np.sqrt(np.asarray(squares.sum(axis=1), dtype=np.float32))
    weighted.data /= np.repeat(lengths, np.diff(counts.indptr))
    return weighted


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, dim) vectors scaled to length 1; zero vectors stay zero."""
    lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    return vectors / np.maximum(lengths, np.finfo(np.float32).tiny)


def sample_rows(n_rows: int, n_sampled: int, seed: int) -> NDArray[np.intp]:
    """Return `n_sampled` rows in order, drawn without replacement, or all rows if fewer."""
    if n_rows <= n_sampled:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, n_sampled, replace=False))


def chunks(rows: NDArray[np.intp]) -> Iterator[tuple[slice, NDArray[np.intp]]]:
    """Yield consecutive parts of `rows` with their slices."""
    for begin in range(0, len(rows), CHUNK):
        part = slice(begin, begin + CHUNK)
        yield part, rows[part]


def mean_vector(vectors: NDArray[Any], rows: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return the mean of some rows of (n, dim) vectors, which may be memory-mapped."""
    total = np.zeros(vectors.shape[1], dtype=np.float64)
    for _, part in chunks(rows):
        total += vectors[part].sum(axis=0, dtype=np.float64)
    return (total / len(rows)).astype(np.float32)


def nearest_documents(
    embeddings: NDArray[Any],
    rows: NDArray[np.intp],
    n_neighbors: int,
    seed: int,
    device: str = "cpu",
) -> NDArray[np.int64]:
    """Return the nearest neighbours of documents by the cosine of their embeddings.

    Up to 20,000 documents the search is exact. Above, k-means divides them into cells of about
    2,000 documents, and neighbours are searched within the cell: an approximation.

    Parameters
    ----------
    embeddings : (n_docs, dim) float16 or float32
        May be memory-mapped.
    rows : (n,) int
        The documents among which to search.
    n_neighbors, seed : int
    device : str
        Where cosines are computed.

    Returns
    -------
    (n, n_neighbors) int64
        Rows of `embeddings`, nearest first; padded with the document itself.
    """
    from theta.nn.nearest import nearest_others

    neighbors = np.repeat(rows[:, None].astype(np.int64), n_neighbors, axis=1)
    for members in _cells(embeddings, rows, seed):
        n_found = min(n_neighbors, len(members) - 1)
        if n_found == 0:
            continue
        vectors = unit_rows(embeddings[rows[members]].astype(np.float32))
        neighbors[members, :n_found] = rows[members[nearest_others(vectors, n_found, device)]]
    return neighbors


def _cells(
    embeddings: NDArray[Any], rows: NDArray[np.intp], seed: int
) -> Iterator[NDArray[np.intp]]:
    """Yield the positions in `rows` of the documents of each cell."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    if len(rows) <= _EXACT_SEARCH:
        yield np.arange(len(rows))
        return
    sample = rows[sample_rows(len(rows), _CELL_SAMPLE, seed)]
    centers = KMeans(len(rows) // _CELL, n_init=1, max_iter=20, random_state=seed)
    # With several threads the order of partial sums would vary.
    with threadpool_limits(limits=1, user_api="openmp"):
        centers.fit(unit_rows(embeddings[sample].astype(np.float32)))
    cells = np.empty(len(rows), dtype=np.int32)
    for part, chosen in chunks(rows):
        cells[part] = centers.predict(unit_rows(embeddings[chosen].astype(np.float32)))
    order = np.argsort(cells, kind="stable")
    yield from (c for c in np.split(order, np.flatnonzero(np.diff(cells[order])) + 1) if len(c))
