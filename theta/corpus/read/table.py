"""The rows that all readers yield, and the limits that all readers observe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

MAX_ROW_CHARACTERS = 16 * 1024 * 1024
"""Longer rows (or lines) are bad rows, which are skipped without being held in memory."""

MAX_UNPACKED_RATIO = 200
"""A compressed file may unpack to this many times its size ..."""

MAX_UNPACKED_FREELY = 256 * 1024 * 1024
"""... and to this many bytes whatever its size."""


class Closable(Protocol):
    """An open file of any library."""

    def close(self) -> None:
        """Close the file."""


class Row(NamedTuple):
    """One row of the input: its values, or the reason why it cannot be read.

    Attributes
    ----------
    line : int
    values : sequence of str, optional
    problem : str
        Why there are no values.
    unsaved : frozenset of int
        Columns whose cell is a formula without a stored value.
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
        Each row has one string per column; a missing value is an empty string.
    facts : dict
        Detected properties of the file (encoding, delimiter, ...).
    notes : list of str
        Notes for the user, one line each. A reader may add to them while it reads.
    handle : closable, optional
        The open file.
    header : tuple of str
        The column names as written in the file, including repetitions. Empty without a header.
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    handle: Closable | None = None
    header: tuple[str, ...] = ()

    def close(self) -> None:
        """Close the file; reading all rows closes it too."""
        if self.handle is not None:
            self.handle.close()


def too_long(what: str = "") -> str:
    """Return the error for a row, or for `what`, that is longer than the limit."""
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
