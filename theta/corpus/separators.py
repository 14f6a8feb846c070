"""Splitting texts into words at separators: spaces, punctuation and symbols."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_UNKNOWN, _SEPARATOR, _WORD = 0, 1, 2
_JOINERS = "'\u2019\u02bc\u200c\u200d"
"""Apostrophes, and the (non-)joiners within words of Persian and Indic languages."""
_ASCII = {
    code: chr(code) if chr(code).isalnum() or chr(code) == "'" else " " for code in range(128)
}
_kinds = np.zeros(0x110000, np.uint8)  # filled in when characters occur


def words_between_separators(text: str) -> list[str]:
    """Return the runs of letters, marks, digits and apostrophes (Unicode categories L, M, Nd).

    Marks belong to the letter before them; without them Hindi would have no vowels. Apostrophes and
    the joiners within Persian and Indic words do not separate words either.
    """
    return part_words([text])[0].split()


def part_words(texts: Sequence[str]) -> list[str]:
    """Return texts with all separators replaced by spaces; see `words_between_separators`."""
    parted = [text.translate(_ASCII) if text.isascii() else "" for text in texts]
    others = [row for row, text in enumerate(texts) if not text.isascii()]
    if others:
        # Processed together, since a NumPy call costs more than a short text.
        whole = "\n".join([texts[row] for row in others])
        codes = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
        ends = np.cumsum([len(texts[row]) + 1 for row in others])[:-1] - 1
        spaced = np.where(_is_word(codes), codes, np.uint32(32))
        spaced[ends] = ord("\n")
        lines = spaced.tobytes().decode("utf-32-le", "surrogatepass").split("\n")
        for row, line in zip(others, lines, strict=True):
            parted[row] = line
    return parted


def _is_word(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    kinds = _kinds[codes]
    if not kinds.all():
        for code in np.unique(codes[kinds == _UNKNOWN]).tolist():
            character = chr(code)
            category = unicodedata.category(character)
            within = category[0] in "LM" or category == "Nd" or character in _JOINERS
            _kinds[code] = _WORD if within else _SEPARATOR
        kinds = _kinds[codes]
    return kinds == _WORD
