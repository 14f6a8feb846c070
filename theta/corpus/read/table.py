"""The rows that every reader yields, and the limits that every reader keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

MAX_ROW_CHARACTERS = 16 * 1024 * 1024
"""A longer row (or line) is a bad row: it is skipped without being held in memory."""

MAX_UNPACKED_RATIO = 200
"""A compressed file may unpack to this many times its size ..."""

MAX_UNPACKED_FREELY = 256 * 1024 * 1024
"""... and to this many bytes whatever its size."""


class Closable(Protocol):
    """An open file of any library."""

    def close(self) -> None:
        """Close it."""


class Row(NamedTuple):
    """One row of the input: its values, or the reason why it has none.

    Attributes
    ----------
    line : int
    values : sequence of str, optional
    problem : str
        Why there are no values.
    unsaved : frozenset of int
        Columns whose cell is a formula of which the file holds no value.
    """

    line: int
    values: Sequence[str] | None
    problem: str = ""
    unsaved: frozenset[int] = frozenset()


@dataclass
class Table:
    """An open file as a stream of rows.

    Attributes
    ----------
    name : str
        The file's name.
    columns : tuple of str
    rows : iterator of Row
        Each row has one text per column; a missing value is the empty text.
    facts : dict
        What was found out about the file (encoding, delimiter, ...).
    notes : list of str
        What a user should know, one line each. A reader may add to it while it reads.
    handle : closable, optional
        The open file.
    header : tuple of str
        The columns' names as they are in the file: repeated ones are the same here. Empty where
        the file has no header.
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    handle: Closable | None = None
    header: tuple[str, ...] = ()

    def close(self) -> None:
        """Close the file; reading the rows to their end does so too."""
        if self.handle is not None:
            self.handle.close()


def too_long(what: str = "") -> str:
    """Return what is wrong with a row (or another thing) that is longer than any row may be."""
    limit = f"longer than {MAX_ROW_CHARACTERS:,} characters (MAX_ROW_CHARACTERS)"
    return f"{what} is {limit}" if what else limit


def clean_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Return column names without surrounding space; empty and repeated ones get a number."""
    stripped = [raw.strip() or f"column_{at}" for at, raw in enumerate(names, start=1)]
    taken = set(stripped)
    columns: list[str] = []
    for name in stripped:
        unique, number = name, 1
        while unique in columns or (number > 1 and unique in taken):
            number += 1
            unique = f"{name}_{number}"
        columns.append(unique)
    return tuple(columns)
