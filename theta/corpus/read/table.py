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
    """One row of the input: its values, or the reason why it has none."""

    line: int
    values: Sequence[str] | None
    problem: str = ""


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
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterator[Row]
    facts: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    handle: Closable | None = None

    def close(self) -> None:
        """Close the file; reading the rows to their end does so too."""
        if self.handle is not None:
            self.handle.close()


def clean_columns(names: Sequence[str]) -> tuple[str, ...]:
    """Return column names without surrounding space; empty and repeated ones get a number."""
    seen: dict[str, int] = {}
    columns = []
    for position, raw in enumerate(names, start=1):
        name = raw.strip() or f"column_{position}"
        seen[name] = seen.get(name, 0) + 1
        columns.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(columns)
