"""Excel workbooks: finds the sheet and the row where the table begins."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from theta.corpus.read.files import InputFile, refuse_bomb
from theta.corpus.read.header import NO_HEADER, SEARCHED_ROWS, Wanted, header_note, positions
from theta.corpus.read.parquet import bounded, cell_text
from theta.corpus.read.table import Row, Table, clean_columns
from theta.errors import InvalidOption
from theta.libraries import first_line

_UNSAVED = re.compile(
    rb"(</(\w+:)?f>|<(\w+:)?f[^>]*/>)\s*(<(\w+:)?v\s*/>|<(\w+:)?v>\s*</(\w+:)?v>)?\s*</(\w+:)?c>"
)
"""A cell with a formula but no value, as written by programs that do not calculate."""

_PIECE, _OVERLAP = 1 << 22, 1 << 12


def read_workbook(file: InputFile, wanted: Wanted) -> Table:
    """Return the rows of a sheet of an Excel workbook; a row's line is its number there.

    Without `wanted.sheet`, this is the first sheet with a wanted name in one of its first rows,
    which is the header; if there is none, the sheet with the most filled cells. Formulas have their
    stored values.

    Raises
    ------
    InvalidOption
        If it is not a valid workbook, or has no such sheet.
    """
    from theta.corpus.read.extras import needed

    openpyxl = needed("openpyxl", "Excel workbooks")
    refuse_bomb(file)
    try:
        book = openpyxl.load_workbook(file.seekable(), read_only=True, data_only=True)
        sheets = book.worksheets
        formulas = _formulas(openpyxl, file)
        heads = {sheet.title: _first_rows(sheet) for sheet in sheets}
    # The library does not catch the errors of its XML and zip readers.
    except Exception as error:
        raise InvalidOption(f"{file} is not a valid Excel workbook: {first_line(error)}") from error
    sheet = _choose_sheet(sheets, heads, wanted, file)
    head = heads[sheet.title]
    at = wanted.header_row(head)
    names = _trimmed(head[at]) if at is not None else ()
    columns = clean_columns(names) if at is not None else positions(max(map(len, head), default=0))
    begin = 1 if at is None else at + 2
    table = Table(file.name, columns, iter(()), {"sheet": sheet.title}, handle=book, header=names)
    _note_choice(table, sheet, sheets, head, at, wanted)
    unsaved = None if formulas is None else formulas[sheet.title]
    table.rows = _rows(file, sheet, unsaved, begin, table, book)
    return table


def _first_rows(sheet: Any) -> list[list[str]]:
    # Some programs write a wrong size, to which the library would truncate the sheet.
    sheet.reset_dimensions()
    rows = islice(sheet.iter_rows(values_only=True), SEARCHED_ROWS)
    return [[_text(value) for value in values] for values in rows]


def _choose_sheet(
    sheets: Sequence[Any], heads: dict[str, list[list[str]]], wanted: Wanted, file: InputFile
) -> Any:
    titles = {sheet.title.casefold(): sheet for sheet in sheets}
    if wanted.sheet is not None:
        requested = wanted.sheet
        if requested.casefold() in titles:
            return titles[requested.casefold()]
        if requested.isdecimal() and 1 <= int(requested) <= len(sheets):
            return sheets[int(requested) - 1]
        listed = ", ".join(repr(sheet.title) for sheet in sheets)
        raise InvalidOption(f"--sheet {requested}: {file} has the sheets {listed}")
    if not sheets:
        raise InvalidOption(f"{file} has no sheet with cells")
    filled = [sheet for sheet in sheets if any(map(any, heads[sheet.title]))]
    named = [sheet for sheet in filled if _has_header(heads[sheet.title], wanted)]
    # A cover has fewer cells than the table.
    filled.sort(key=lambda sheet: -sum(map(_n_filled, heads[sheet.title])))
    return [*named, *filled, *sheets][0]


def _n_filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _has_header(head: Sequence[Sequence[str]], wanted: Wanted) -> bool:
    at = wanted.header_row(head)
    return at is not None and wanted.is_header(head[at])


def _note_choice(
    table: Table,
    sheet: Any,
    sheets: Sequence[Any],
    head: Sequence[Sequence[str]],
    at: int | None,
    wanted: Wanted,
) -> None:
    if at is None and head:
        table.notes.append(f"{table.name}: {NO_HEADER}")
    elif at and any(map(any, head[:at])):
        table.notes.append(f"{table.name}: {header_note(at + 1, 'row')}")
    if len(sheets) > 1 and wanted.sheet is None:
        others = ", ".join(repr(other.title) for other in sheets if other is not sheet)
        table.notes.append(
            f"{table.name}: only the sheet {sheet.title!r} is read, not {others}; --sheet "
            "selects another"
        )


def _rows(
    file: InputFile, sheet: Any, formulas: Any, begin: int, table: Table, book: Any
) -> Iterator[Row]:
    line, n_columns, beyond = begin, len(table.columns), 0
    cells = sheet.iter_rows(min_row=begin, values_only=True)
    written = None if formulas is None else formulas.iter_rows(min_row=begin, values_only=True)
    try:
        for line, values in enumerate(cells, start=begin):
            unsaved: frozenset[int] = frozenset()
            if written is not None:
                unsaved = _without_value(values, next(written, ()))
            if unsaved or any(value is not None for value in values):
                row = [_text(value) for value in values[:n_columns]]
                beyond += any(value is not None for value in values[n_columns:])
                full = bounded(Row(line, row + [""] * (n_columns - len(row))))
                yield full._replace(unsaved=unsaved)
    except Exception as error:
        raise InvalidOption(f"{file} is damaged after row {line}: {first_line(error)}") from error
    finally:
        book.close()
    if beyond:
        table.notes.append(
            f"{table.name}: {beyond:,} rows have cells to the right of the header, which are "
            "ignored"
        )


def _formulas(openpyxl: Any, file: InputFile) -> Any:
    """Return the workbook with its formulas if one has no value, or else None."""
    with zipfile.ZipFile(file.seekable()) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(_has_unsaved(archive, name) for name in parts):
            return None
    book = openpyxl.load_workbook(file.seekable(), read_only=True)
    for sheet in book.worksheets:
        sheet.reset_dimensions()
    return book


def _has_unsaved(archive: zipfile.ZipFile, name: str) -> bool:
    with archive.open(name) as part:
        last = b""
        while piece := part.read(_PIECE):
            if _UNSAVED.search(last + piece):
                return True
            last = piece[-_OVERLAP:]
    return False


def _without_value(values: Sequence[Any], written: Sequence[Any]) -> frozenset[int]:
    return frozenset(
        at
        for at, formula in enumerate(written)
        if isinstance(formula, str)
        and formula.startswith("=")
        and (at >= len(values) or values[at] is None)
    )


def _trimmed(names: Sequence[str]) -> tuple[str, ...]:
    """Return names without trailing empty ones."""
    filled = [at for at, name in enumerate(names) if name.strip()]
    return tuple(names[: filled[-1] + 1]) if filled else ()


def _text(value: Any) -> str:
    if isinstance(value, str) and "_x" in value:
        from openpyxl.utils.escape import unescape

        # Excel writes characters that XML does not allow as `_x000D_`.
        return str(unescape(value)).replace("\r\n", "\n").replace("\r", "\n")
    return cell_text(value)
