"""Tables for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table; None is an empty cell, and no text of a user starts a formula."""
    with path.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle:
        writer = csv.writer(handle)
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, str):
        return str(spreadsheet_cell(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)
