"""The split of documents into training, validation and test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theta.contracts import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

VALIDATION_SHARE = 0.1
"""Share of the documents that are not test documents."""

_STREAM = 1
"""Sets the split's random stream apart from `default_rng(seed)`.

A user who picks the documents to label with `default_rng(seed)` draws the same numbers as a split
made from that stream, and would label test documents or training documents alone.
"""

UNGIVEN = -1
"""Code of a document for which the user gave no part."""

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

    Each document draws one number. Those with the smallest numbers become test documents, the next
    ones validation documents. The number of document i does not depend on how many documents
    follow, so a growing corpus keeps most of its split. Sizes are rounded to the nearest document
    (half up), and at least one document trains.

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
    order = np.argsort(_draws(n_docs, seed), kind="stable")
    split = np.full(n_docs, Split.TRAIN, np.int8)
    split[order[:n_test]] = Split.TEST
    split[order[n_test : n_test + n_validation]] = Split.VALIDATION
    return split


def complete_split(given: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
    """Return the user's split with its gaps filled.

    Documents without a given part train. If none is given as validation, a tenth of the training
    documents is drawn for it.

    Parameters
    ----------
    given : (n_docs,) int8
        `Split` or `UNGIVEN`.
    seed : int
    """
    split = np.where(given == UNGIVEN, np.int8(Split.TRAIN), given).astype(np.int8)
    if not (split == Split.VALIDATION).any():
        train = np.flatnonzero(split == Split.TRAIN)
        order = np.argsort(_draws(len(split), seed)[train], kind="stable")
        split[train[order[: _validation_size(len(train))]]] = Split.VALIDATION
    return split


def _draws(n_docs: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng([seed, _STREAM]).random(n_docs)


def _validation_size(n_docs: int) -> int:
    return min(_round(VALIDATION_SHARE * n_docs), max(n_docs - 1, 0))


def _round(share: float) -> int:
    return int(share + 0.5)
