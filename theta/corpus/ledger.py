"""The ledger: whether each input row was kept, or why it was dropped."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

COLUMNS = (
    "id", "file", "line", "status", "reason", "tokens", "duplicate", "duplicate_of", "boilerplate",
    "truncated",
)  # fmt: skip
"""The last one is filled in after the documents are embedded."""

_KEPT = "kept"
SPREADSHEET_ENCODING = "utf-8-sig"
"""Spreadsheets read a CSV file as UTF-8 only if it begins with the byte order mark."""

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*(e[+-]?\d+)?%?", re.IGNORECASE)


class Ledger:
    """A CSV file with one row per input row, in order."""

    def __init__(self, path: Path) -> None:
        self._handle = path.open("w", encoding=SPREADSHEET_ENCODING, newline="")
        self._writer = csv.writer(self._handle)
        self._writer.writerow(COLUMNS)

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

    def add(self, rows: Iterable[tuple[str, str, int, str, int, bool, str, int]]) -> None:
        """Add rows.

        Parameters
        ----------
        rows : iterable of tuple
            id, file, line, reason for dropping it or "", tokens, whether it has the text of an
            earlier row, id of the earlier row that it repeats exactly or nearly or "", number of
            lines and sentences taken out of it as boilerplate.
        """
        self._writer.writerows(
            (
                spreadsheet_cell(name),
                spreadsheet_cell(file),
                line,
                "dropped" if reason else _KEPT,
                reason,
                tokens,
                "yes" if duplicate else "",
                spreadsheet_cell(original),
                n_pieces or "",
                "",
            )
            for name, file, line, reason, tokens, duplicate, original, n_pieces in rows
        )


def mark_truncated(
    ledgers: Sequence[Path], new: Sequence[Path], rows_by_embedding: Mapping[str, Sequence[int]]
) -> None:
    """Rewrite a ledger with the documents that each of the embeddings has truncated.

    Parameters
    ----------
    ledgers, new : sequence of Path
        The parts of the ledger, in order.
    rows_by_embedding : mapping of str to (sequence of int)
        Rows of the corpus that were truncated, by name of the embeddings.
    """
    cells: dict[int, str] = {}
    for name, rows in sorted(rows_by_embedding.items()):
        for row in rows:
            cells[row] = f"{cells[row]} {name}" if row in cells else name
    whole = "no" if rows_by_embedding else ""
    numbers = count()
    for old, part in zip(ledgers, new, strict=True):
        with (
            old.open(encoding=SPREADSHEET_ENCODING, newline="") as old_handle,
            part.open("w", encoding=SPREADSHEET_ENCODING, newline="") as new_handle,
        ):
            writer = csv.DictWriter(new_handle, COLUMNS)
            writer.writeheader()
            for entry in csv.DictReader(old_handle):
                kept = entry["status"] == _KEPT
                entry["truncated"] = cells.get(next(numbers), whole) if kept else ""
                writer.writerow(entry)


def spreadsheet_cell(value: Any) -> Any:
    """Return a value such that a spreadsheet shows it unchanged.

    A string that begins like a formula gets a leading apostrophe, which spreadsheets hide; numbers
    stay numbers (OWASP, CSV Injection).
    """
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return value if _NUMBER.fullmatch(value) else f"'{value}"
    return value
