"""Which rows repeat the text of an earlier row, exactly or nearly."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theta.corpus.documents import Status
from theta.corpus.near_duplicates import find_near_duplicates
from theta.corpus.rows import Rows
from theta.corpus.settings import CorpusSettings
from theta.errors import InvalidOption

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Duplicates(NamedTuple):
    """The rows that repeat earlier ones.

    Attributes
    ----------
    exact : (n_rows,) bool
        Whether the row has the same text as an earlier one.
    original : (n_rows,) int64
        The earlier row that it repeats, exactly or nearly, or -1.
    """

    exact: NDArray[np.bool_]
    original: NDArray[np.int64]


def find_duplicates(rows: Rows, settings: CorpusSettings) -> tuple[NDArray[np.int8], Duplicates]:
    """Return the status of each row, and which rows repeat earlier ones.

    Parameters
    ----------
    rows : Rows
    settings : CorpusSettings
        Whether duplicates and near duplicates are dropped.

    Raises
    ------
    InvalidOption
        If no row is left.
    """
    status = rows.vector("status")
    present = status == Status.KEPT
    original = _first_copies(rows.vector("digest"), present)
    exact = original >= 0
    if settings.drop_duplicates or settings.drop_near_duplicates is not None:
        status[exact] = Status.DUPLICATE
    if settings.drop_near_duplicates is not None:
        near = find_near_duplicates(rows.sketches, present, settings.drop_near_duplicates)
        original = np.where(near >= 0, near, original)
        status[(near >= 0) & ~exact] = Status.NEAR_DUPLICATE
    if not (status == Status.KEPT).any():
        reasons = ", ".join(
            f"{(status == one).sum():,} {one.reason}" for one in Status if (status == one).any()
        )
        raise InvalidOption(f"none of the {len(status):,} documents has a text: {reasons}")
    return status, Duplicates(exact, original)


def _first_copies(digests: NDArray[np.uint64], present: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return, for each row, the first row with the same digest, or -1 if it is the first."""
    # np.unique with the numbers of the groups would take several times the memory.
    rows = np.flatnonzero(present)
    order = rows[np.argsort(digests[rows], kind="stable")]
    ordered = digests[order]
    later = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    begins = np.flatnonzero(np.diff(later, prepend=-1) > 1)
    first = np.repeat(later[begins] - 1, np.diff(begins, append=len(later)))
    original = np.full(len(digests), -1, np.int64)
    original[order[later]] = order[first]
    return original
