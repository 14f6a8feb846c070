"""Where the header of a table is: files have titles above it, cover sheets before it, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SEARCHED_ROWS = 20
"""A header stands in one of the first rows."""

TEXT_COLUMNS = ("text", "content", "cleaned_content", "clean_text")
"""Names that mean the text."""

LIKELY_TEXT_COLUMNS = (
    "正文", "内容", "文本", "body", "abstract", "review", "comment", "评论", "tweet", "message",
    "post", "answer", "question", "title",
)  # fmt: skip
"""Names that hold texts if there is none of `TEXT_COLUMNS`; the fuller text comes first."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for in a file.

    Attributes
    ----------
    names : frozenset of str
        Names of which a header has one, in lower case.
    surely : bool
        The names were asked for: whatever row has one is the header.
    by_position : bool
        A column is asked for by its number, as it must be where there is no header.
    sheet : str, optional
        Name or number of a workbook's sheet.
    """

    names: frozenset[str] = frozenset((*TEXT_COLUMNS, *LIKELY_TEXT_COLUMNS))
    surely: bool = False
    by_position: bool = False
    sheet: str | None = None

    def is_header(self, cells: Sequence[str]) -> bool:
        """Tell whether a row has one of the names."""
        return any(cell.strip().casefold() in self.names for cell in cells)

    def header_row(self, rows: Sequence[Sequence[str]]) -> int | None:
        """Return which of a table's first rows is the header, or None if the table has none.

        The first row with one of the names, below titles that fill fewer cells; without one the
        first row that fills over half of the cells that any fills, unless columns are asked for by
        their numbers.
        """
        filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows[:SEARCHED_ROWS]]
        first = next((at for at, n in enumerate(filled) if 2 * n > max(filled)), None)
        for at, n in enumerate(filled):
            # A cell further down that says "comment" may be a value of some column.
            below_titles = self.surely or max(filled[:at], default=0) < n
            if below_titles and self.is_header(rows[at]):
                return at
        if first is None or (self.by_position and not is_numbered(rows[first])):
            return None
        return first


def is_numbered(cells: Sequence[str]) -> bool:
    """Tell whether a row is 0, 1, 2, ...: the header of a data frame without names."""
    named = [cell.strip() for cell in cells[1:] if not cells[0].strip()] or [
        cell.strip() for cell in cells
    ]
    return named == [str(number) for number in range(len(named))]


def positions(n_columns: int) -> tuple[str, ...]:
    """Return the names of columns that have none."""
    return tuple(f"column_{number}" for number in range(1, n_columns + 1))


def header_note(line: int, place: str = "line") -> str:
    """Return the note on rows above a header."""
    above = "the row above it is" if line == 2 else f"the {line - 1} rows above it are"
    return f"the header was found in {place} {line}; {above} ignored"


NO_HEADER = "columns are chosen by number: the first row was read as a document, not as a header"
