"""Finding the column that holds the texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from theta.corpus.read import Row, Table
from theta.corpus.read.header import LIKELY_TEXT_COLUMNS, TEXT_COLUMNS, is_numbered
from theta.errors import InvalidOption

_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
"""Letters of dense scripts, a few of which make a sentence."""

_NO_TEXT = re.compile(r"\S+|[\d\s.,:;/+%$€£-]+|\d{4}-\d\d-\d\d.*|https?://.*", re.DOTALL)
"""One word, a number, a date or a URL."""

_NUMBER = re.compile(r"[\d.,:/-]+")
"""A number, a date or a time."""

_MIN_WORDS, _MIN_WIDE = 4, 8
_LONGER = 2.0


class _Content(NamedTuple):
    """Properties of the sampled values of a column.

    Attributes
    ----------
    texts : bool
        Whether they are texts: several words each, and mostly distinct.
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
        If it cannot be recognized, or two columns have the name; the message says how to choose.
    """
    folded = [name.casefold() for name in table.columns]
    raw = [name.strip().casefold() for name in table.header]
    for name in TEXT_COLUMNS:
        if name in folded:
            _require_unique(table, name, raw)
            return folded.index(name), []
    values = list(zip(*(row.values for row in sample if row.values is not None), strict=True))
    contents = [_content(column) for column in values] or [_Content(False, 0.0)] * len(folded)
    likely = [name for name in LIKELY_TEXT_COLUMNS if name in folded]
    if likely:
        _require_unique(table, likely[0], raw)
        return _likely(table, contents, [folded.index(name) for name in likely])
    if not _names_numbers(table, values):
        _require_header(table, contents)
    texts = [at for at, content in enumerate(contents) if content.texts]
    if len(folded) == 1 and sample:
        texts = [0]
    if len(texts) != 1:
        several = listed([table.columns[at] for at in texts])
        raise InvalidOption(
            f"{table.name} has no column named {', '.join(TEXT_COLUMNS)}; its columns are "
            f"{listed(table.columns)}{f', and {several} hold texts' if texts else ''}; name the "
            "text column with --text_column"
        )
    return texts[0], [
        f"{table.name}: the texts are taken from the column {table.columns[texts[0]]!r}, the only "
        "one that holds texts; --text_column selects another"
    ]


def _likely(
    table: Table, contents: Sequence[_Content], candidates: Sequence[int]
) -> tuple[int, list[str]]:
    """Return the first of the candidate columns, and a note if others are as likely."""
    at, *rest = candidates
    longer = [
        other
        for other, content in enumerate(contents)
        if content.texts and content.length > _LONGER * contents[at].length and other not in rest
    ]
    others = [table.columns[other] for other in (*rest, *longer) if other != at]
    if not others:
        return at, []
    return at, [
        f"{table.name}: the texts are taken from the column {table.columns[at]!r}, not from "
        f"{listed(others)}; --text_column selects another"
    ]


def _require_unique(table: Table, name: str, raw: Sequence[str]) -> None:
    at = [number for number, other in enumerate(raw, start=1) if other == name]
    if len(at) > 1:
        ways = " or ".join(f"--text_column {number}" for number in at)
        raise InvalidOption(
            f"{table.name} has {len(at)} columns named {name!r} (the columns "
            f"{' and '.join(map(str, at))}): choose one with {ways}"
        )


def _names_numbers(table: Table, values: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row has a word above a column of numbers, so it is a header."""
    return any(
        name.strip() and not _NUMBER.fullmatch(name.strip()) and all(map(_is_number, column))
        for name, column in zip(table.header, values, strict=False)
        if any(cell.strip() for cell in column)
    )


def _is_number(cell: str) -> bool:
    return not cell.strip() or _NUMBER.fullmatch(cell.strip()) is not None


def _require_header(table: Table, contents: Sequence[_Content]) -> None:
    """Raise `InvalidOption` if the first row looks like data."""
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
        f"{table.name} seems to have no header: its first row has {shown!r}; choose the text "
        f"column by number (--text_column {best + 1}), or add a first row of names, one of them "
        "text"
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
    """Return a list of column names for a message."""
    shown = ", ".join(repr(name) for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")
