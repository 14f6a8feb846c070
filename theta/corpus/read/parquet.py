"""Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from theta.corpus.read.files import InputFile, refuse_unpacked
from theta.corpus.read.header import Wanted
from theta.corpus.read.jsonl import text_of
from theta.corpus.read.table import MAX_ROW_CHARACTERS, Row, Table, clean_columns, too_long
from theta.errors import InvalidOption
from theta.libraries import first_line

_BATCH = 1024


def read_parquet(file: InputFile, wanted: Wanted) -> Table:  # noqa: ARG001
    """Return the rows of a Parquet file; a row's line is its number, from 1."""
    import pyarrow
    import pyarrow.parquet

    try:
        opened = pyarrow.parquet.ParquetFile(file.seekable())
    except (pyarrow.ArrowException, OSError) as error:
        raise InvalidOption(f"{file} is not a valid Parquet file: {first_line(error)}") from error
    groups = (opened.metadata.row_group(number) for number in range(opened.num_row_groups))
    refuse_unpacked(file, sum(group.total_byte_size for group in groups))

    def rows() -> Iterator[Row]:
        line = 0
        try:
            with opened:
                for batch in opened.iter_batches(_BATCH):
                    for values in zip(
                        *(column.to_pylist() for column in batch.columns), strict=True
                    ):
                        line += 1
                        yield bounded(Row(line, [cell_text(value) for value in values]))
        except (pyarrow.ArrowException, OSError) as error:
            reason = first_line(error)
            raise InvalidOption(f"{file} is damaged after row {line}: {reason}") from error

    names = tuple(opened.schema_arrow.names)
    return Table(file.name, clean_columns(names), rows(), handle=opened, header=names)


def bounded(row: Row) -> Row:
    """Return a row, or a bad row if it is longer than the limit."""
    if sum(map(len, row.values or ())) <= MAX_ROW_CHARACTERS:
        return row
    return Row(row.line, None, too_long())


def cell_text(value: Any) -> str:
    """Return the value of a cell as a string."""
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return text_of(value)
