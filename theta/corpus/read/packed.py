"""Parquet and Excel workbooks."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from theta.corpus.read.jsonl import text_of
from theta.corpus.read.table import (
    MAX_ROW_CHARACTERS,
    MAX_UNPACKED_FREELY,
    MAX_UNPACKED_RATIO,
    Row,
    Table,
    clean_columns,
)
from theta.errors import InvalidOption
from theta.libraries import first_line

_BATCH = 1024


def read_parquet(path: Path) -> Table:
    """Return the rows of a Parquet file; a row's line is its number, from 1."""
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidOption(f"{path} is not a sound Parquet file: {first_line(error)}") from error
    groups = (file.metadata.row_group(number) for number in range(file.num_row_groups))
    _refuse_unpacked(path, sum(group.total_byte_size for group in groups))

    def rows() -> Iterator[Row]:
        line = 0
        try:
            with file:
                for batch in file.iter_batches(_BATCH):
                    for values in zip(
                        *(column.to_pylist() for column in batch.columns), strict=True
                    ):
                        line += 1
                        yield _bounded(Row(line, [_text(value) for value in values]))
        except (pyarrow.ArrowException, OSError) as error:
            reason = first_line(error)
            raise InvalidOption(f"{path} is damaged after row {line}: {reason}") from error

    return Table(path.name, clean_columns(file.schema_arrow.names), rows(), handle=file)


def read_workbook(path: Path) -> Table:
    """Return the rows of the first sheet of an Excel workbook; a row's line is its number there."""
    from theta.corpus.read.extras import needed

    openpyxl = needed("openpyxl", "Excel workbooks")
    refuse_bomb(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        cells = sheet.iter_rows(values_only=True)
        header = next(cells, ())
    # The library lets whatever its XML and zip readers raise pass through.
    except Exception as error:
        raise InvalidOption(f"{path} is not a sound Excel workbook: {first_line(error)}") from error
    names = [_text(value) for value in header]
    while names and not names[-1]:
        names.pop()
    columns = clean_columns(names)

    def rows() -> Iterator[Row]:
        line = 1
        try:
            for line, values in enumerate(cells, start=2):
                if any(value is not None for value in values):
                    row = [_text(value) for value in values[: len(columns)]]
                    yield _bounded(Row(line, row + [""] * (len(columns) - len(row))))
        except Exception as error:
            raise InvalidOption(
                f"{path} is damaged after row {line}: {first_line(error)}"
            ) from error
        finally:
            book.close()

    table = Table(path.name, columns, rows(), {"sheet": sheet.title}, handle=book)
    if len(book.sheetnames) > 1:
        others = ", ".join(book.sheetnames[1:])
        table.notes.append(f"{path.name}: only the first sheet was read, not {others}")
    return table


def refuse_bomb(path: Path) -> None:
    """Raise `InvalidOption` if a zip file unpacks to far more than its size."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise InvalidOption(f"{path} is not a sound {path.suffix} file: {error}") from error
    _refuse_unpacked(path, unpacked)


def _refuse_unpacked(path: Path, unpacked: int) -> None:
    limit = max(MAX_UNPACKED_FREELY, MAX_UNPACKED_RATIO * path.stat().st_size)
    if unpacked > limit:
        raise InvalidOption(
            f"{path} unpacks to {unpacked:,} bytes, over the limit of {limit:,} for its size "
            f"({MAX_UNPACKED_RATIO} times the packed size)"
        )


def _bounded(row: Row) -> Row:
    """Return a row, or what is wrong with it if it is longer than any row may be."""
    if sum(map(len, row.values or ())) <= MAX_ROW_CHARACTERS:
        return row
    return Row(
        row.line, None, f"longer than {MAX_ROW_CHARACTERS:,} characters (MAX_ROW_CHARACTERS)"
    )


def _text(value: Any) -> str:
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return text_of(value)
