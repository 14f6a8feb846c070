"""A hash of the content of a corpus that is the same however its files are cut."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STEP = np.uint64(0x9E3779B97F4A7C15)


def mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return numbers that look random, one for each number.

    The output function of SplitMix64 (Steele, Lea & Flood 2014).
    """
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(numbers ^ (numbers >> np.uint64(31)))


def mixed_in_order(numbers: NDArray[np.uint64], places: NDArray[Any]) -> NDArray[np.uint64]:
    """Return numbers that look random and also depend on their places, which are counted from 0."""
    return mixed(numbers + (places.astype(np.uint64) + np.uint64(1)) * _STEP)


def name_hashes(names: Sequence[str | None]) -> NDArray[np.uint64]:
    """Return a hash of the id of each row; 0 where a row has none."""
    hashes = np.zeros(len(names), np.uint64)
    numbers = {row: int(name) for row, name in enumerate(names) if name and _is_number(name)}
    hashes[[*numbers]] = _number_hashes(np.array([*numbers.values()], np.uint64))
    for row, name in enumerate(names):
        if name is not None and row not in numbers:
            hashes[row] = digest_of(name)
    return hashes


def with_row_numbers(hashes: NDArray[np.uint64], first: int) -> NDArray[np.uint64]:
    """Return hashes of ids in which a row without an id is named by its number, from 1.

    Parameters
    ----------
    hashes : (n_rows,) uint64
        Result of `name_hashes`.
    first : int
        Number of rows before these.
    """
    numbers = np.arange(first + 1, first + len(hashes) + 1, dtype=np.uint64)
    return np.where(hashes == 0, _number_hashes(numbers), hashes)


def _number_hashes(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return mixed(numbers + _STEP)


def _is_number(name: str) -> bool:
    return name.isdecimal() and len(name) < 18 and str(int(name)) == name


def hash_rows(
    table: Any,
    numbers: NDArray[np.int64],
    ids: NDArray[np.int32],
    lengths: NDArray[np.int64],
    halves: NDArray[np.int32],
) -> int:
    """Return the sum of the hashes of some documents, modulo 2**64.

    The sums of parts add up to the sum of the whole.

    Parameters
    ----------
    table : pyarrow.Table
        All columns of the documents.
    numbers : (n_docs,) int64
        Their numbers among all rows of the data.
    ids : (n_tokens,) int32
        Their tokens, as word ids.
    lengths : (n_docs,) int
        Number of tokens of each document.
    halves : (n_docs,) int32
        How many of them are in its first half; -1 if it is not a test document.
    """
    rows = mixed(numbers.astype(np.uint64))
    for name in table.column_names:
        rows = mixed(rows + np.uint64(digest_of(name)) + _cells(table.column(name)))
    starts = np.cumsum(lengths) - lengths
    places = np.arange(len(ids)) - np.repeat(starts, lengths)
    sums = np.zeros(len(ids) + 1, np.uint64)
    np.cumsum(mixed_in_order(ids.astype(np.uint64), places), out=sums[1:])
    rows = mixed(rows + sums[starts + lengths] - sums[starts])
    return int(mixed(rows + halves.astype(np.uint64)).sum(dtype=np.uint64))


def _cells(column: Any) -> NDArray[np.uint64]:
    """Return a number per value of a column."""
    import pyarrow

    missing = np.asarray(column.is_null())
    if pyarrow.types.is_string(column.type) or pyarrow.types.is_large_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()
        digests = np.array([*map(digest_of, encoded.dictionary.to_pylist()), 0], np.uint64)
        cells = digests[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    elif pyarrow.types.is_date32(column.type):
        cells = column.cast(pyarrow.int32()).fill_null(0).to_numpy().astype(np.uint64)
    else:
        cells = column.fill_null(0).to_numpy().astype(np.uint64)
    return np.asarray(np.where(missing, _STEP, cells))


def digest_of(text: str) -> int:
    """Return a 64-bit hash of a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
