"""Smoothing of the document vectors that the encoder of THETA reads.

The vector of a document is moved towards the mean of its neighbourhood, which is closer to its
topic than a single document where neighbours share a subject, and blurs it where they do not. Which
of the two holds can be seen without labels: by how well the vectors predict the words of documents.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.models.document_space import sample_rows

logger = logging.getLogger(__name__)

MAX_REFERENCES = 20_000
"""Maximum number of training documents among which neighbours are searched; a run keeps them."""

_WEIGHTS = (0.0, 0.25, 0.5, 0.75)
"""Weights that are compared. With 1, the document's own vector counts no more than the others."""

_SAMPLE = 5_000
"""Maximum number of documents for comparing weights."""

_PENALTIES = (0.01, 0.1, 1.0)
"""Ridge penalties that are tried, relative to the mean variance of the vectors' dimensions."""

_PREFIX = "smoothing."


@dataclass(frozen=True)
class Smoothing:
    """The smoothing of document vectors, fixed after training.

    Attributes
    ----------
    references : (n_references, dim) float
        Vectors of training documents.
    n_neighbors : int
    weight : float
        w of `theta.nn.nearest.neighborhood_means`, above 0.
    """

    references: NDArray[Any]
    n_neighbors: int
    weight: float

    def apply(
        self, vectors: NDArray[Any], device: str, out: NDArray[np.float16] | None = None
    ) -> NDArray[np.float16]:
        """Return the smoothed vectors of documents, (n_docs, dim), each independent of the others.

        Parameters
        ----------
        vectors : (n_docs, dim) float
            May be memory-mapped.
        device : str
        out : (n_docs, dim) float16, optional
            Where to write the result.
        """
        from theta.nn.nearest import neighborhood_means

        return neighborhood_means(
            vectors, self.references, self.n_neighbors, self.weight, device, out
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays for `from_arrays`, with prefixed names, for the state of a model."""
        return {
            f"{_PREFIX}references": self.references,
            f"{_PREFIX}n_neighbors": np.array([self.n_neighbors]),
            f"{_PREFIX}weight": np.array([self.weight], dtype=np.float32),
        }

    @classmethod
    def from_arrays(cls, state: Mapping[str, NDArray[Any]]) -> Smoothing | None:
        """Return the smoothing in the state of a model; None if there is none."""
        if f"{_PREFIX}weight" not in state:
            return None
        return cls(
            state[f"{_PREFIX}references"],
            int(state[f"{_PREFIX}n_neighbors"][0]),
            float(state[f"{_PREFIX}weight"][0]),
        )


def find_smoothing(
    vectors: NDArray[Any],
    lexical: NDArray[Any] | None,
    rows: NDArray[np.intp],
    n_neighbors: int,
    weight: float | str,
    seed: int,
    device: str,
) -> Smoothing | None:
    """Return the smoothing for training documents; None for a weight of 0.

    Parameters
    ----------
    vectors : (n_docs, dim) float
        Embeddings of all documents; may be memory-mapped.
    lexical : (n_docs, n_dimensions) float, optional
        Vectors of their words; without them, ``auto`` is 0.
    rows : (n_train,) int
    n_neighbors : int
    weight : float or "auto"
        ``auto`` chooses the weight by `prediction_of_words`.
    seed : int
    device : str
    """
    chosen = sample_rows(len(rows), MAX_REFERENCES, seed)
    # A vector has no more neighbours than there are other references.
    n_neighbors = min(n_neighbors, len(chosen) - 1)
    if n_neighbors < 1 or (weight == "auto" and lexical is None):
        return None
    references = np.asarray(vectors[rows[chosen]])
    if weight == "auto":
        assert lexical is not None
        scores = prediction_of_words(vectors, lexical, rows, n_neighbors, seed, device)
        weight = max(scores, key=lambda candidate: scores[candidate])
        logger.info(
            "Weight of neighbours in the encoder's input: %g (R² of words %.3f, without %.3f)",
            weight,
            scores[weight],
            scores[0.0],
        )
    return Smoothing(references, n_neighbors, float(weight)) if weight else None


def prediction_of_words(
    vectors: NDArray[Any],
    lexical: NDArray[Any],
    rows: NDArray[np.intp],
    n_neighbors: int,
    seed: int,
    device: str,
) -> dict[float, float]:
    """Return how well smoothed vectors predict the words of unseen documents, by weight.

    A ridge regression from vectors to lexical vectors is fitted on four fifths of a sample of the
    training documents, and judged on the others, which are nobody's neighbours.

    Parameters
    ----------
    vectors, lexical, rows, n_neighbors, seed, device
        See `find_smoothing`.

    Returns
    -------
    mapping of float to float
        Share of the variance that is explained (R²), by weight.
    """
    sample = np.random.default_rng(seed).permutation(rows)[:_SAMPLE]
    unseen, seen = np.split(sample, [len(sample) // 5])
    if not len(unseen):
        return {0.0: 0.0}
    references = np.setdiff1d(rows, unseen)
    references = references[sample_rows(len(references), MAX_REFERENCES, seed)]
    n_neighbors = min(n_neighbors, len(references) - 1)
    seen_targets = np.asarray(lexical[seen], dtype=np.float32)
    target_center = seen_targets.mean(axis=0)
    seen_targets -= target_center
    unseen_targets = lexical[unseen].astype(np.float32) - target_center
    total = float(np.square(unseen_targets).sum())
    if not total:  # the documents have no words
        return {0.0: 0.0}
    smoothing = Smoothing(np.asarray(vectors[references]), n_neighbors, weight=1.0)
    own = np.asarray(vectors[sample], dtype=np.float32)
    means = smoothing.apply(vectors[sample], device).astype(np.float32)
    scores = {}
    for weight in _WEIGHTS:
        inputs = (1 - weight) * own + weight * means
        unseen_inputs, seen_inputs = np.split(inputs, [len(unseen)])
        center = seen_inputs.mean(axis=0)
        errors = [
            np.square(unseen_targets - (unseen_inputs - center) @ axes).sum()
            for axes in _ridge(seen_inputs - center, seen_targets)
        ]
        scores[weight] = 1 - float(min(errors)) / total
    return scores


def _ridge(
    inputs: NDArray[np.float32], targets: NDArray[np.float32]
) -> Iterator[NDArray[np.float32]]:
    """Yield the coefficients of ridge regressions of centred data."""
    gram, cross = inputs.T @ inputs, inputs.T @ targets
    scale = np.trace(gram) / len(gram)
    for penalty in _PENALTIES:
        yield np.linalg.solve(gram + penalty * scale * np.eye(len(gram), dtype=np.float32), cross)
