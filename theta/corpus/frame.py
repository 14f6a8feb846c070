"""Reading documents.parquet by column."""

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


def column_names(path: Path) -> list[str]:
    """Return the names of a Parquet file's columns."""
    return list(_opened(path).schema_arrow.names)


def read_columns(path: Path, names: Sequence[str]) -> Any:
    """Return some columns of a Parquet file."""
    try:
        return _opened(path).read(list(names))
    except (pyarrow.ArrowException, OSError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error


def batches(path: Path, names: Sequence[str] | None, size: int) -> Iterator[Any]:
    """Yield some columns, or all, in batches of `size` rows."""
    try:
        columns = None if names is None else list(names)
        yield from _opened(path).iter_batches(size, columns=columns)
    except (pyarrow.ArrowException, OSError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error


def _opened(path: Path) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path)
    except FileNotFoundError as error:
        raise MissingFile(f"{path} does not exist") from error
    except (pyarrow.ArrowException, OSError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error
