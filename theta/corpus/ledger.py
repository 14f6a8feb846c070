"""What became of each row of the input."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

COLUMNS = ("id", "file", "line", "status", "reason", "tokens", "duplicate")

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*(e[+-]?\d+)?%?", re.IGNORECASE)


class Ledger:
    """A CSV file with one row per input row, in their order."""

    def __init__(self, path: Path) -> None:
        # Spreadsheets take a CSV file for UTF-8 only if it begins with the mark.
        self._handle = path.open("w", encoding="utf-8-sig", newline="")
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
                "dropped" if reason else "kept",
                reason,
                tokens,
                "yes" if duplicate else "",
            )
            for name, file, line, reason, tokens, duplicate in rows
        )


def spreadsheet_cell(value: Any) -> Any:
    """Return a value that a spreadsheet shows as it is.

    A text that begins like a formula gets an apostrophe in front, which spreadsheets hide;
    numbers stay numbers (OWASP, CSV Injection).
    """
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return value if _NUMBER.fullmatch(value) else f"'{value}"
    return value
