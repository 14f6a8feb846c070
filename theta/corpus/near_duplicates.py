"""Documents that are nearly equal to an earlier one, by MinHash (Broder 1997)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from theta.corpus.streams import ArrayFile

N_HASHES = 128
"""Hashes of a sketch; the standard error of a similarity of .9 is .03."""

_UNITS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff]|\w+")
"""What shingles are made of: words, or characters where words are not separated by spaces."""

_SHINGLE = 3
"""Units of a shingle."""

_FOUND = 0.999
"""Least probability that two documents of the threshold's similarity are compared."""

_COMPARED_AT_ONCE = 100_000


def sketches(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return a sketch of each text: (n_texts, N_HASHES).

    The share of equal hashes of two sketches estimates the Jaccard similarity of the texts' sets of
    three words in a row.
    """
    if not len(texts):
        return np.zeros((0, N_HASHES), np.uint32)
    from datasketch import MinHash

    shingles = ([shingle.encode() for shingle in _shingles(text)] for text in texts)
    made = MinHash.generator(shingles, num_perm=N_HASHES, scheme="affine32")
    return np.stack([sketch.hashvalues for sketch in made]).astype(np.uint32)


def _shingles(text: str) -> list[str]:
    units = _UNITS.findall(text.casefold())
    if len(units) <= _SHINGLE:
        return [" ".join(units)]
    runs = zip(*(units[at:] for at in range(_SHINGLE)), strict=False)
    return sorted({" ".join(run) for run in runs})


def find_near_duplicates(
    sketched: ArrayFile, present: NDArray[np.bool_], threshold: float
) -> NDArray[np.int64]:
    """Return, for each row, the earlier row that it nearly repeats, or -1.

    That row is kept itself: it repeats none before it.

    Parameters
    ----------
    sketched : ArrayFile
        The sketches of all rows.
    present : (n_rows,) bool
        Rows that have a text.
    threshold : float
        Least similarity.
    """
    sketched.close()
    original = np.full(len(present), -1, np.int64)
    rows = np.flatnonzero(present)
    if len(rows) < 2:
        return original
    table = np.memmap(sketched.path, np.uint32, "r", shape=(len(present), N_HASHES))
    similar: dict[int, set[int]] = {}
    for later, earlier in _similar_pairs(table, rows, threshold):
        similar.setdefault(later, set()).add(earlier)
    for row in sorted(similar):
        # What an earlier row repeats may be similar to this one too.
        candidates = {
            int(original[other]) if original[other] >= 0 else other for other in similar[row]
        }
        near = [c for c in sorted(candidates) if (table[row] == table[c]).mean() >= threshold]
        if near:
            original[row] = near[0]
    return original


def _similar_pairs(
    table: NDArray[np.uint32], rows: NDArray[np.intp], threshold: float
) -> Iterator[tuple[int, int]]:
    """Yield pairs of a row and an earlier one of at least the threshold's similarity.

    Rows are compared if all hashes of a band agree (locality-sensitive hashing, Indyk & Motwani
    1998), each with the first of those before it that it is not known to differ from.
    """
    length = band_length(threshold)
    for start in range(0, N_HASHES, length):
        key = np.zeros(len(rows), np.uint64)
        for column in range(start, start + length):
            key = (key ^ table[rows, column]) * np.uint64(0x9E3779B97F4A7C15)
            key ^= key >> np.uint64(29)
        order = np.argsort(key, kind="stable")  # rows of a group stay ascending
        ends = np.flatnonzero(np.diff(key[order])) + 1
        for group in np.split(rows[order], ends):
            yield from _pairs_of_group(table, group, threshold)


def _pairs_of_group(
    table: NDArray[np.uint32], group: NDArray[np.intp], threshold: float
) -> Iterator[tuple[int, int]]:
    while len(group) > 1:
        first, others = int(group[0]), group[1:]
        near = np.concatenate(
            [
                (table[part] == table[first]).mean(axis=1) >= threshold
                for part in np.array_split(others, 1 + len(others) // _COMPARED_AT_ONCE)
            ]
        )
        for row in others[near].tolist():
            yield row, first
        group = others[~near]


def band_length(threshold: float) -> int:
    """Return the most hashes of a band with which similar documents are still found."""
    for length in (64, 32, 16, 8, 4, 2):
        if 1 - (1 - threshold**length) ** (N_HASHES // length) >= _FOUND:
            return length
    return 1
