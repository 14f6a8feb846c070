"""Finding the header of a table, below titles or cover sheets, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SEARCHED_ROWS = 20
"""Number of first rows in which a header is searched."""

TEXT_COLUMNS = ("text", "content", "cleaned_content", "clean_text")
"""Names of the text column."""

LIKELY_TEXT_COLUMNS = (
    "正文", "内容", "文本", "body", "abstract", "review", "comment", "评论", "tweet", "message",
    "post", "answer", "question", "title",
)  # fmt: skip
"""Names of likely text columns, tried after `TEXT_COLUMNS`; fuller texts come first."""


@dataclass(frozen=True)
class Wanted:
    """How to find the header and the sheet of a file.

    Attributes
    ----------
    names : frozenset of str
        Column names in lower case; a header has at least one of them.
    surely : bool
        Whether the user named the columns: any row with one of the names is the header.
    by_position : bool
        Whether the user selects a column by number, as is necessary without a header.
    sheet : str, optional
        Name or number of a workbook's sheet.
    """

    names: frozenset[str] = frozenset((*TEXT_COLUMNS, *LIKELY_TEXT_COLUMNS))
    surely: bool = False
    by_position: bool = False
    sheet: str | None = None

    def is_header(self, cells: Sequence[str]) -> bool:
        """Return whether a row has one of the names."""
        return any(cell.strip().casefold() in self.names for cell in cells)

    def header_row(self, rows: Sequence[Sequence[str]]) -> int | None:
        """Return the index of the header among a table's first rows, or None without a header.

        The header is the first row with one of the names, below titles with fewer filled cells. If
        there is none, it is the first row with more than half as many filled cells as any other,
        unless columns are selected by number.
        """
        filled = [sum(bool(cell.strip()) for cell in cells) for cells in rows[:SEARCHED_ROWS]]
        first = next((at for at, n in enumerate(filled) if 2 * n > max(filled)), None)
        for at, n in enumerate(filled):
            # A cell further down that contains "comment" may be a value.
            below_titles = self.surely or max(filled[:at], default=0) < n
            if below_titles and self.is_header(rows[at]):
                return at
        if first is None or (self.by_position and not is_numbered(rows[first])):
            return None
        return first


def is_numbered(cells: Sequence[str]) -> bool:
    """Return whether a row is 0, 1, 2, ...: the header of a data frame without names."""
    named = [cell.strip() for cell in cells[1:] if not cells[0].strip()] or [
        cell.strip() for cell in cells
    ]
    return named == [str(number) for number in range(len(named))]


def positions(n_columns: int) -> tuple[str, ...]:
    """Return names for columns without a header."""
    return tuple(f"column_{number}" for number in range(1, n_columns + 1))


def header_note(line: int, unit: str = "line") -> str:
    """Return a note on ignored rows above a header."""
    above = "the row above it is" if line == 2 else f"the {line - 1} rows above it are"
    return f"the header was found in {unit} {line}; {above} ignored"


NO_HEADER = "columns are chosen by number: the first row was read as a document, not as a header"
