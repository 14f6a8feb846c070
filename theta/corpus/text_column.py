"""Which column holds the texts, if none is named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from theta.corpus.read import Row, Table
from theta.corpus.read.header import LIKELY_TEXT_COLUMNS, TEXT_COLUMNS, is_numbered
from theta.errors import InvalidOption

_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
"""Letters of scripts without spaces, of which a few make a sentence."""

_NO_TEXT = re.compile(r"\S+|[\d\s.,:;/+%$€£-]+|\d{4}-\d\d-\d\d.*|https?://.*", re.DOTALL)
"""One word, a number, a date or an address."""

_NUMBER = re.compile(r"[\d.,:/-]+")
"""A number, a date or a time."""

_MIN_WORDS, _MIN_WIDE = 4, 8
_LONGER = 2.0


class _Content(NamedTuple):
    """What the sampled values of a column look like.

    Attributes
    ----------
    texts : bool
        Whether they are texts: several words each, and most of them different.
    length : float
        Mean number of characters.
    """

    texts: bool
    length: float


def find_text(table: Table, sample: Sequence[Row]) -> tuple[int, list[str]]:
    """Return the column with the texts, and notes on the choice for the user.

    Parameters
    ----------
    table : Table
    sample : sequence of Row
        Some of its rows.

    Raises
    ------
    InvalidOption
        If it cannot be recognised, or two columns have the name: says how to choose.
    """
    folded = [name.casefold() for name in table.columns]
    raw = [name.strip().casefold() for name in table.header]
    for name in TEXT_COLUMNS:
        if name in folded:
            _refuse_twice(table, name, raw)
            return folded.index(name), []
    values = list(zip(*(row.values for row in sample if row.values is not None), strict=True))
    contents = [_content(column) for column in values] or [_Content(False, 0.0)] * len(folded)
    likely = [name for name in LIKELY_TEXT_COLUMNS if name in folded]
    if likely:
        _refuse_twice(table, likely[0], raw)
        return _likely(table, contents, [folded.index(name) for name in likely])
    if not _names_numbers(table, values):
        _refuse_without_header(table, contents)
    found = [at for at, content in enumerate(contents) if content.texts]
    if len(folded) == 1 and sample:
        found = [0]
    if len(found) != 1:
        among = listed([table.columns[at] for at in found])
        raise InvalidOption(
            f"{table.name} has no text column: looked for {', '.join(TEXT_COLUMNS)}, found "
            f"{listed(table.columns)}{f', of which {among} hold texts' if found else ''}; name it "
            "with --text_column"
        )
    return found[0], [
        f"{table.name}: the texts are taken from the column {table.columns[found[0]]!r}, the only "
        "one that holds texts; --text_column names another"
    ]


def _likely(
    table: Table, contents: Sequence[_Content], found: Sequence[int]
) -> tuple[int, list[str]]:
    """Return the first of the columns whose names mean a text, and which others could be meant."""
    at, *rest = found
    longer = [
        place
        for place, content in enumerate(contents)
        if content.texts and content.length > _LONGER * contents[at].length and place not in rest
    ]
    others = [table.columns[place] for place in (*rest, *longer) if place != at]
    if not others:
        return at, []
    return at, [
        f"{table.name}: the texts are taken from the column {table.columns[at]!r}, not from "
        f"{listed(others)}; --text_column chooses"
    ]


def _refuse_twice(table: Table, name: str, raw: Sequence[str]) -> None:
    at = [place for place, other in enumerate(raw, start=1) if other == name]
    if len(at) > 1:
        ways = " or ".join(f"--text_column {place}" for place in at)
        raise InvalidOption(
            f"{table.name} has {len(at)} columns named {name!r} (the columns "
            f"{' and '.join(map(str, at))}): choose one with {ways}"
        )


def _names_numbers(table: Table, values: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row has a word above a column of numbers, so that it is a header."""
    return any(
        name.strip() and not _NUMBER.fullmatch(name.strip()) and all(map(_is_number, column))
        for name, column in zip(table.header, values, strict=False)
        if any(cell.strip() for cell in column)
    )


def _is_number(cell: str) -> bool:
    return not cell.strip() or _NUMBER.fullmatch(cell.strip()) is not None


def _refuse_without_header(table: Table, contents: Sequence[_Content]) -> None:
    """Raise `InvalidOption` if the first row reads like the others."""
    if not table.header or is_numbered(table.header):
        return
    first = [name.strip() for name in table.header]
    texts = [at for at, name in enumerate(first) if _is_text(name)]
    numbers = [name for name in first if _NUMBER.fullmatch(name)]
    if not texts and not (numbers and len(first) > 1):
        return
    best = max(texts or range(len(first)), key=lambda at: contents[at].length)
    shown = table.header[best] if len(table.header[best]) < 50 else table.header[best][:47] + "..."
    raise InvalidOption(
        f"{table.name} seems to have no header: its first row has {shown!r}; choose the column of "
        f"the texts by its number (--text_column {best + 1}), or write a first row of names, one "
        "of them text"
    )


def _content(values: Sequence[str]) -> _Content:
    filled = [value.strip() for value in values if value.strip()]
    if not filled:
        return _Content(False, 0.0)
    different = len(set(filled)) > len(filled) / 2
    texts = sum(map(_is_text, filled)) > len(filled) / 2
    return _Content(texts and different, sum(map(len, filled)) / len(filled))


def _is_text(value: str) -> bool:
    if len(_WIDE.findall(value)) >= _MIN_WIDE:
        return True
    return len(value.split()) >= _MIN_WORDS and not _NO_TEXT.fullmatch(value)


def listed(names: Sequence[str]) -> str:
    """Return the names of columns for a message."""
    shown = ", ".join(repr(name) for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
