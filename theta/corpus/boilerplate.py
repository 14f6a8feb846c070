"""Lines and sentences that many documents share: signatures, footers, templates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theta.corpus.content import digest_of
from theta.corpus.streams import ArrayFile

_BOUNDARIES = re.compile(r"(?<=\n)|(?<=[.!?]\s)|(?<=[。！？])")
"""Where a text is cut into pieces: after lines and sentences."""

_FEWEST_LETTERS = 15
"""Fewest letters of a piece, or of two pieces in a row, that count as boilerplate."""

_DENSE = "\u2e80"
_DENSITY = 3
"""A character from here on (Chinese, Japanese, Korean) counts as this many letters."""

_FEWEST_DOCUMENTS, _SHARE = 10, 0.001
"""Fewest documents that share boilerplate, and the least share of all documents."""

_COUNTED_AT_ONCE = 1 << 24
"""Hashes that are sorted in memory at once."""


def pieces_of(text: str) -> list[str]:
    """Return the lines of a text, cut into sentences; joined, they are the text."""
    return [piece for piece in _BOUNDARIES.split(text) if piece]


def strip_boilerplate(text: str, boilerplate: Collection[int]) -> tuple[str, list[str]]:
    """Return a text without boilerplate, and the pieces that were taken out.

    A text that consists of boilerplate alone is left as it is: it is a copy, not a text with a
    signature.

    Parameters
    ----------
    text : str
    boilerplate : collection of int
        Result of `BoilerplateFinder.found`.
    """
    pieces = pieces_of(text)
    places = _with_letters(pieces)
    out: set[int] = set()
    for number, covered in _hashed(pieces, places):
        if number in boilerplate:
            out.update(covered)
    if not out or len(out) == len(places):
        return text, []
    # A line of dashes above a signature goes with it.
    between = set(range(len(pieces))).difference(places)
    beside = {at for at in between if {at - 1, at + 1} & out}
    kept = [piece for at, piece in enumerate(pieces) if at not in out | beside]
    return "".join(kept).strip(), [" ".join(pieces[at].split()) for at in sorted(out)]


def _with_letters(pieces: list[str]) -> list[int]:
    return [at for at, piece in enumerate(pieces) if any(map(str.isalpha, piece))]


def _hashed(pieces: list[str], places: list[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield the hash of each piece, and of each two in a row, with their positions.

    Pairs find the short lines of a block: a name above an address.
    """
    keys = {at: " ".join(pieces[at].split()).casefold() for at in places}
    letters = {at: _letters(key) for at, key in keys.items()}
    for at in places:
        if letters[at] >= _FEWEST_LETTERS:
            yield digest_of(keys[at]), (at,)
    for a, b in pairwise(places):
        if letters[a] + letters[b] >= _FEWEST_LETTERS:
            yield digest_of(f"{keys[a]}\n{keys[b]}"), (a, b)


def _letters(key: str) -> int:
    return sum((_DENSITY if c >= _DENSE else 1) for c in key if c.isalpha())


class BoilerplateFinder:
    """Counts in how many documents each piece occurs.

    Parameters
    ----------
    folder : Path
        Where the hashes are kept until they are counted.
    """

    def __init__(self, folder: Path) -> None:
        self._hashes = ArrayFile(folder / "pieces", np.uint64)
        self._n_docs = 0

    def add(self, texts: Iterable[str]) -> None:
        """Add documents. Those of one piece have no boilerplate beside their text."""
        for text in texts:
            self._n_docs += bool(text)
            pieces = pieces_of(text)
            places = _with_letters(pieces)
            if len(places) > 1:
                own = {number for number, _ in _hashed(pieces, places)}
                self._hashes.append(np.array(sorted(own), np.uint64))

    @property
    def least(self) -> int:
        """Fewest documents that share a piece of boilerplate."""
        return max(_FEWEST_DOCUMENTS, round(_SHARE * self._n_docs))

    def found(self) -> frozenset[int]:
        """Return the hashes of boilerplate: of pieces and of pairs of pieces."""
        n_parts = 1 + self._hashes.length // _COUNTED_AT_ONCE
        found: list[int] = []
        for part in range(n_parts):
            own = [hashes[hashes % n_parts == part] for hashes in self._hashes.pieces()]
            found += _frequent(np.concatenate(own), self.least)
        return frozenset(found)


def _frequent(hashes: NDArray[np.uint64], least: int) -> list[int]:
    distinct, counts = np.unique(hashes, return_counts=True)
    frequent: list[int] = distinct[counts >= least].tolist()
    return frequent
