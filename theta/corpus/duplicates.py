"""Which rows repeat the text of an earlier row, exactly or nearly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.corpus.documents import Status
from theta.corpus.near_duplicates import find_near_duplicates
from theta.corpus.rows import Rows
from theta.corpus.settings import CorpusSettings
from theta.corpus.streams import ArrayFile
from theta.corpus.write import Repeats
from theta.errors import InvalidOption


class Duplicates(NamedTuple):
    """The rows that repeat earlier ones.

    Attributes
    ----------
    exact : (n_rows,) bool
        Whether the row has the same text as an earlier one.
    repeats : Repeats
        The rows that repeat an earlier one exactly or nearly.
    """

    exact: NDArray[np.bool_]
    repeats: Repeats


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
    status = rows.vector("status").read()
    present = status == Status.KEPT
    repeats = find_repeats(rows.vector("digest"), present)
    exact = np.zeros(len(status), np.bool_)
    exact[repeats.rows] = True
    if settings.drop_duplicates or settings.drop_near_duplicates is not None:
        status[exact] = Status.DUPLICATE
    if settings.drop_near_duplicates is not None:
        near = find_near_duplicates(rows.sketches, present, settings.drop_near_duplicates)
        status[(near >= 0) & ~exact] = Status.NEAR_DUPLICATE
        others = near[repeats.rows] < 0
        near[repeats.rows[others]] = repeats.originals[others]
        later = np.flatnonzero(near >= 0)
        repeats = Repeats(later, near[later])
    if not (status == Status.KEPT).any():
        reasons = ", ".join(
            f"{(status == one).sum():,} {one.reason}" for one in Status if (status == one).any()
        )
        raise InvalidOption(
            f"none of the {len(status):,} documents has a text: {reasons}; if the text is in "
            "another column, name it with --text_column"
        )
    return status, Duplicates(exact, repeats)


def find_repeats(digests: ArrayFile, present: NDArray[np.bool_]) -> Repeats:
    """Return the rows whose digest an earlier row has.

    The digests are sorted by themselves, and then only those that occur more than once with their
    rows: most rows of a large corpus repeat none.

    Parameters
    ----------
    digests : ArrayFile
        Of all rows.
    present : (n_rows,) bool
        The rows that are compared.
    """
    ordered = np.empty(int(present.sum()), np.uint64)
    filled = 0
    for first, piece in _in_pieces(digests):
        part = piece[present[first : first + len(piece)]]
        ordered[filled : filled + len(part)] = part
        filled += len(part)
    ordered.sort()
    several = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    found: list[tuple[NDArray[np.intp], NDArray[np.uint64]]] = []
    for first, piece in _in_pieces(digests):
        rows = np.flatnonzero(present[first : first + len(piece)])
        rows = rows[_is_among(piece[rows], several)]
        found.append((first + rows, piece[rows]))
    numbers, found_digests = map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(found_digests, kind="stable")
    numbers, found_digests = numbers[order], found_digests[order]
    begins = np.flatnonzero(np.diff(found_digests, prepend=~found_digests[:1]) != 0)
    sizes = np.diff(begins, append=len(numbers))
    later, originals = np.delete(numbers, begins), np.repeat(numbers[begins], sizes - 1)
    order = np.argsort(later)
    return Repeats(later[order], originals[order])


def _in_pieces(vector: ArrayFile) -> Iterator[tuple[int, NDArray[np.uint64]]]:
    """Yield pieces of a vector, with the numbers of values before them."""
    first = 0
    for piece in vector.pieces():
        yield first, piece
        first += len(piece)


def _is_among(values: NDArray[np.uint64], ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return whether each value is among some others, which are ordered."""
    at = np.searchsorted(ordered, values)
    return np.asarray(np.append(ordered, 0)[at] == values) & (at < len(ordered))
