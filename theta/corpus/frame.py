"""Reading the tables of documents by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import pyarrow
import pyarrow.parquet

from theta.errors import MissingFile
from theta.storage import Damaged


class Strings(Sequence[str]):
    """A column of strings as a sequence; Arrow's memory saves tens of bytes per string."""

    def __init__(self, column: Any) -> None:
        self._column = column

    def __len__(self) -> int:
        return len(self._column)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return str(self._column[at % len(self)].as_py())

    def __iter__(self) -> Iterator[str]:
        for chunk in self._column.chunks:
            yield from chunk.to_pylist()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]


def column_names(tables: Sequence[Path]) -> list[str]:
    """Return the names of the columns of Parquet files, which are those of the first."""
    return list(_opened(tables[0]).schema_arrow.names)


def read_columns(tables: Sequence[Path], names: Sequence[str]) -> Any:
    """Return some columns of Parquet files, one after the other."""
    return pyarrow.concat_tables(_read(path, names) for path in tables)


def _read(path: Path, names: Sequence[str]) -> Any:
    try:
        with _opened(path) as file:
            return file.read(list(names))
    except (pyarrow.ArrowException, OSError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error


def batches(tables: Sequence[Path], names: Sequence[str] | None, size: int) -> Iterator[Any]:
    """Yield some columns, or all, in batches of at most `size` rows."""
    columns = None if names is None else list(names)
    for path in tables:
        try:
            with _opened(path) as file:
                yield from file.iter_batches(size, columns=columns)
        except (pyarrow.ArrowException, OSError) as error:
            raise Damaged(f"{path} is damaged: {error}") from error


def _opened(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except FileNotFoundError as error:
        raise MissingFile(f"{path} does not exist") from error
    except (pyarrow.ArrowException, OSError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error
