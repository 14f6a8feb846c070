"""The split of documents into training, validation and test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Split

VALIDATION_SHARE = 0.1
"""Validation share of the documents that are not test documents."""

_STREAM = 1
"""Separates the random stream of the split from `default_rng(seed)`.

A user who picks documents to label with `default_rng(seed)` would draw the same numbers as the
split, and so label only test documents or only training documents.
"""

_PIECE = 1 << 20

UNASSIGNED = -1
"""Code of a document that the user has not assigned to a part."""

NAMES = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "validation": Split.VALIDATION,
    "valid": Split.VALIDATION,
    "val": Split.VALIDATION,
    "dev": Split.VALIDATION,
    "test": Split.TEST,
}
"""The values of a split column."""


def split_documents(n_docs: int, test_share: float, seed: int) -> NDArray[np.int8]:
    """Return the `Split` of each document, drawn at random.

    Each document draws a number. The documents with the smallest numbers become test documents, the
    next ones validation documents. The number of a document does not depend on the documents after
    it, so a growing corpus keeps most of its split. Sizes are rounded to the nearest document (half
    up), and there is at least one training document.

    Parameters
    ----------
    n_docs : int
    test_share : float
        Between 0 and 1.
    seed : int

    Returns
    -------
    (n_docs,) int8
    """
    n_test = min(_round(test_share * n_docs), max(n_docs - 1, 0))
    n_validation = _validation_size(n_docs - n_test)
    limits = _draws_at(n_docs, seed, [n_test, n_test + n_validation])
    split = np.full(n_docs, Split.TRAIN, np.int8)
    # Drawn again in pieces: an order of all documents would take several times the memory.
    generator = _generator(seed)
    for first in range(0, n_docs, _PIECE):
        part = split[first : first + _PIECE]
        draws = generator.random(len(part))
        part[draws < limits[1]] = Split.VALIDATION
        part[draws < limits[0]] = Split.TEST
    return split


def complete_split(user_split: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
    """Return the user's split with all documents assigned.

    Unassigned documents become training documents. If there are no validation documents, a tenth of
    the training documents is drawn for validation.

    Parameters
    ----------
    user_split : (n_docs,) int8
        `Split` or `UNASSIGNED`.
    seed : int
    """
    train = np.int8(Split.TRAIN)
    split = np.where(user_split == UNASSIGNED, train, user_split).astype(np.int8)
    if not (split == Split.VALIDATION).any():
        rows = np.flatnonzero(split == Split.TRAIN)
        order = np.argsort(_draws(len(split), seed)[rows], kind="stable")
        split[rows[order[: _validation_size(len(rows))]]] = Split.VALIDATION
    return split


def _generator(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, _STREAM])


def _draws(n_docs: int, seed: int) -> NDArray[np.float64]:
    return _generator(seed).random(n_docs)


def _draws_at(n_docs: int, seed: int, ranks: Sequence[int]) -> list[float]:
    """Return the draws that have some ranks, from 0; infinity beyond the last."""
    draws = _draws(n_docs, seed)
    inside = [rank for rank in ranks if rank < n_docs]
    if inside:
        draws.partition(inside)
    return [float(draws[rank]) if rank < n_docs else np.inf for rank in ranks]


def _validation_size(n_docs: int) -> int:
    return min(_round(VALIDATION_SHARE * n_docs), max(n_docs - 1, 0))


def _round(share: float) -> int:
    return int(share + 0.5)
