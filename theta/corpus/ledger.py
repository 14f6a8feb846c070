"""What became of each row of the input."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

COLUMNS = ("id", "file", "line", "status", "reason", "tokens", "duplicate", "truncated")
"""The last one is filled in when the documents are embedded."""

_KEPT = "kept"
SPREADSHEET_ENCODING = "utf-8-sig"
"""Spreadsheets read a CSV file as UTF-8 only if it begins with the byte order mark."""

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*(e[+-]?\d+)?%?", re.IGNORECASE)


class Ledger:
    """A CSV file with one row per input row, in their order."""

    def __init__(self, path: Path) -> None:
        self._handle = path.open("w", encoding=SPREADSHEET_ENCODING, newline="")
        self._writer = csv.writer(self._handle)
        self._writer.writerow(COLUMNS)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._handle.close()

    def add(self, rows: Iterable[tuple[str, str, int, str, int, bool]]) -> None:
        """Add rows of (id, file, line, reason it was dropped or "", tokens, is a duplicate)."""
        self._writer.writerows(
            (
                spreadsheet_cell(name),
                spreadsheet_cell(file),
                line,
                "dropped" if reason else _KEPT,
                reason,
                tokens,
                "yes" if duplicate else "",
                "",
            )
            for name, file, line, reason, tokens, duplicate in rows
        )


def mark_truncated(ledger: Path, new: Path, rows_by_embedding: Mapping[str, Sequence[int]]) -> None:
    """Write a ledger anew that says whose end was not read, and by which embeddings.

    Parameters
    ----------
    ledger, new : Path
    rows_by_embedding : mapping of str to (sequence of int)
        By the name of the embeddings, the rows of the corpus whose end they have not read.
    """
    cells: dict[int, str] = {}
    for name, rows in sorted(rows_by_embedding.items()):
        for place in rows:
            cells[place] = f"{cells[place]} {name}" if place in cells else name
    whole = "no" if rows_by_embedding else ""
    with (
        ledger.open(encoding=SPREADSHEET_ENCODING, newline="") as old_handle,
        new.open("w", encoding=SPREADSHEET_ENCODING, newline="") as new_handle,
    ):
        places = count()
        writer = csv.DictWriter(new_handle, COLUMNS)
        writer.writeheader()
        for row in csv.DictReader(old_handle):
            kept = row["status"] == _KEPT
            row["truncated"] = cells.get(next(places), whole) if kept else ""
            writer.writerow(row)


def spreadsheet_cell(value: Any) -> Any:
    """Return a value that a spreadsheet shows as it is.

    A text that begins like a formula gets an apostrophe in front, which spreadsheets hide;
    numbers stay numbers (OWASP, CSV Injection).
    """
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return value if _NUMBER.fullmatch(value) else f"'{value}"
    return value
