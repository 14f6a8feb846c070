"""Topics on a plane, at distances that reflect their dissimilarity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def place_topics(similarity: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return positions of topics by classical scaling of 1 - similarity.

    Torgerson (1952), as in LDAvis: the two leading eigenvectors of the doubly centred squared
    distances.

    Parameters
    ----------
    similarity : (num_topics, num_topics) float
        Symmetric, 1 on the diagonal.

    Returns
    -------
    (num_topics, 2) float64
        Zero in a dimension without variance.
    """
    n = len(similarity)
    squares = (1 - np.asarray(similarity, dtype=np.float64)) ** 2
    centring = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-centring @ squares @ centring / 2)
    points = np.zeros((n, 2))
    for dimension, axis in enumerate(np.argsort(-values)[:2]):
        if values[axis] > 1e-12:
            vector = vectors[:, axis]
            # The sign of an eigenvector is arbitrary; this choice does not depend on the machine.
            sign = np.sign(vector[np.abs(vector).argmax()])
            points[:, dimension] = sign * vector * np.sqrt(values[axis])
    return points
