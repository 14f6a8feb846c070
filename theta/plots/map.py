"""A two-dimensional map of documents, with similar documents close to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.errors import InvalidOption

N_SHOWN = 5_000
"""More points overlap and take longer: t-SNE takes seconds for 5,000 and a minute for 18,000."""

_PERPLEXITY = 30
_DIMENSIONS = 50

# At 5,000 documents of 20 Newsgroups in .22 of the CPU time of the usual 250 + 500 steps with θ .5.
# The final Kullback-Leibler divergence is 7 % higher; as many of the 30 nearest documents stay near
# (.371 for .369), and as many posts lie among those of their newsgroup (.659 for .666).
_EXAGGERATED_STEPS, _STEPS = 80, 180

_COARSENESS = 0.8
"""θ of Barnes and Hut: a cell narrower than θ times its distance counts as one point."""

_STEPS_BETWEEN_CHECKS = 10


@dataclass(frozen=True)
class DocumentMap:
    """Positions of documents on a plane.

    Attributes
    ----------
    points : (n_shown, 2) float32
    rows : (n_shown,) int64
        Rows of the documents shown, ascending; all rows of a small corpus.
    n_docs : int
        Number of documents in the corpus.
    method : str
        Method of the projection, for the caption.
    """

    points: NDArray[np.float32]
    rows: NDArray[np.int64]
    n_docs: int
    method: str

    def __post_init__(self) -> None:
        if self.points.shape != (len(self.rows), 2):
            raise ValueError("points must have shape (n_shown, 2)")
        if not np.isfinite(self.points).all():
            raise ValueError("points must be finite")


def document_map(
    features: NDArray[np.floating[Any]],
    *,
    seed: int,
    n_shown: int = N_SHOWN,
    n_jobs: int = 1,
    check: Callable[[], None] | None = None,
) -> DocumentMap:
    """Return positions of documents on a plane.

    Principal components give the global arrangement; t-SNE (van der Maaten 2014, as implemented
    by openTSNE, started from the first two components: Kobak and Berens 2019) the neighbourhoods.
    The same seed gives the same positions.

    Parameters
    ----------
    features : (n_docs, dim) float
        Document embeddings, or θ for a model without embeddings. May be memory-mapped: only the
        rows shown are read.
    seed : int
    n_shown : int
        Number of documents sampled at random from a larger corpus.
    n_jobs : int
        Threads.
    check : callable, optional
        Called every few steps; what it raises ends the computation.

    Returns
    -------
    DocumentMap

    Raises
    ------
    InvalidOption
        If there are fewer than three documents.
    """
    n_docs = features.shape[0]
    if n_docs < 3:
        raise InvalidOption(f"a map needs at least 3 documents, the corpus has {n_docs}")
    rows = np.arange(n_docs)
    if n_docs > n_shown:
        rows = np.sort(np.random.default_rng(seed).choice(n_docs, n_shown, replace=False))
    components = _principal_components(np.asarray(features[rows], dtype=np.float64))
    # t-SNE needs three neighbours per unit of perplexity.
    perplexity = min(_PERPLEXITY, (len(rows) - 1) / 3)
    if components.shape[1] < 2 or perplexity < 2:
        points, method = _first_two(components), "PCA"
    else:
        points, method = _neighbourhoods(components, perplexity, seed, n_jobs, check), "t-SNE"
    return DocumentMap(points.astype(np.float32), rows.astype(np.int64), n_docs, method)


def _principal_components(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores on the components that have any variance, at most `_DIMENSIONS`."""
    vectors = vectors - vectors.mean(axis=0)
    if vectors.shape[1] > 2 * _DIMENSIONS < len(vectors):
        from sklearn.decomposition import PCA

        return np.asarray(PCA(_DIMENSIONS, random_state=0).fit_transform(vectors))
    _, strengths, directions = np.linalg.svd(vectors, full_matrices=False)
    kept = strengths > 1e-9 * max(float(strengths.max(initial=0)), 1.0)
    # The sign of a component is arbitrary; this choice does not depend on the machine.
    largest = directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    directions = directions * np.sign(largest)[:, None]
    return np.asarray(vectors @ directions[kept][:_DIMENSIONS].T)


def _first_two(components: NDArray[np.float64]) -> NDArray[np.float64]:
    points = np.zeros((len(components), 2))
    points[:, : components.shape[1]] = components[:, :2]
    return points


def _neighbourhoods(
    components: NDArray[np.float64],
    perplexity: float,
    seed: int,
    n_jobs: int,
    check: Callable[[], None] | None,
) -> NDArray[np.float64]:
    from openTSNE import TSNE

    def after_steps(*_: Any) -> None:
        assert check is not None
        check()

    positions = TSNE(
        perplexity=perplexity,
        initialization="pca",
        neighbors="exact",
        negative_gradient_method="bh",
        theta=_COARSENESS,
        early_exaggeration_iter=_EXAGGERATED_STEPS,
        n_iter=_STEPS,
        n_jobs=n_jobs,
        random_state=seed,
        callbacks=None if check is None else after_steps,
        callbacks_every_iters=_STEPS_BETWEEN_CHECKS,
    ).fit(components)
    return np.asarray(positions, dtype=np.float64)
