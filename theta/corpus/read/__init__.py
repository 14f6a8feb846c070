"""Reading the user's files: a table of formats, each a stream of rows with line numbers."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.corpus.read.delimited import read_delimited
from theta.corpus.read.jsonl import read_jsonl
from theta.corpus.read.packed import read_parquet, read_workbook
from theta.corpus.read.table import Row, Table
from theta.corpus.read.texts import TEXT_FORMATS, read_texts
from theta.errors import InvalidOption, MissingFile
from theta.storage import sha256

_LOG = logging.getLogger(__name__)

__all__ = ["FORMATS", "Row", "Source", "Table", "file_source", "find_sources"]

FORMATS: dict[str, Callable[[Path], Table]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
    ".xlsx": read_workbook,
    ".csv.gz": read_delimited,
    ".tsv.gz": read_delimited,
    ".jsonl.gz": read_jsonl,
    ".ndjson.gz": read_jsonl,
}
"""How a file of many documents is read, by the end of its name."""


@dataclass(frozen=True)
class Source:
    """Documents that can be read from the beginning, more than once.

    Attributes
    ----------
    name : str
    paths : tuple of Path
        The files it stands on; empty where it stands on none of the user's.
    read : callable
        Opens it and returns its `Table`.
    facts : tuple of (str, str)
        What it stands on beside files.
    """

    name: str
    paths: tuple[Path, ...]
    read: Callable[[], Table]
    facts: tuple[tuple[str, str], ...] = ()

    def open(self) -> Table:
        """Return the rows.

        Raises
        ------
        InvalidOption
            Here or while the rows are read, if the file cannot be unpacked or decoded.
        """
        with _told(self.name):
            table = self.read()
        table.rows = _told_rows(self.name, table.rows)
        return table

    def fingerprint(self) -> dict[str, Any]:
        """Return what tells later whether the data have changed."""
        files = []
        for path in self.paths:
            state = path.stat()
            files.append(
                {
                    "path": str(path),
                    "bytes": state.st_size,
                    "mtime_ns": state.st_mtime_ns,
                    "sha256": sha256(path),
                }
            )
        return {"name": self.name, "files": files, "facts": dict(self.facts)}

    def matches(self, recorded: dict[str, Any]) -> bool:
        """Tell whether the data are those of an earlier `fingerprint`.

        A file with the recorded size and time of change is taken as unchanged; one with another
        time is compared by its content.
        """
        files = recorded["files"]
        if (self.name, dict(self.facts)) != (recorded["name"], recorded["facts"]):
            return False
        if [path.name for path in self.paths] != [Path(entry["path"]).name for entry in files]:
            return False
        return all(_unchanged(path, entry) for path, entry in zip(self.paths, files, strict=True))


def _unchanged(path: Path, entry: dict[str, Any]) -> bool:
    if not path.is_file():
        return False
    state = path.stat()
    if state.st_size != entry["bytes"]:
        return False
    return state.st_mtime_ns == entry["mtime_ns"] or sha256(path) == entry["sha256"]


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn what unpacking and decoding raise into an error that names the file."""
    try:
        yield
    except (zlib.error, EOFError, UnicodeError) as error:
        raise InvalidOption(f"{name} cannot be read: {error}") from error
    except OSError as error:
        if error.errno is None:  # gzip's own complaints
            raise InvalidOption(f"{name} cannot be read: {error}") from error
        raise MissingFile(f"{name} cannot be read: {error.strerror}") from error


def _told_rows(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    with _told(name):
        yield from rows


def suffix_of(path: Path) -> str:
    """Return the end of a file's name by which its format is known, in lower case."""
    name = path.name.lower()
    known = [suffix for suffix in (*FORMATS, *TEXT_FORMATS) if name.endswith(suffix)]
    return max(known, key=len, default="")


def file_source(path: Path) -> Source:
    """Return one file of many documents as a source.

    Raises
    ------
    MissingFile
        If it is not there.
    InvalidOption
        If its format is not known.
    """
    if not path.is_file():
        raise MissingFile(f"{path} is not there")
    reader = FORMATS.get(suffix_of(path))
    if reader is None:
        raise InvalidOption(f"{path} has a format that is not read; read are: {_formats()}")
    return Source(path.name, (path,), lambda: reader(path))


def find_sources(folder: Path) -> list[Source]:
    """Return the sources in a folder: its tables, or its texts as one source.

    Raises
    ------
    MissingFile
        If the folder is not there or has no file that can be read.
    """
    if not folder.is_dir():
        raise MissingFile(f"{folder} is not there; put your documents into it ({_formats()})")
    tables = [p for p in _visible(folder.iterdir()) if suffix_of(p) in FORMATS]
    texts = [p for p in _visible(folder.rglob("*")) if suffix_of(p) in TEXT_FORMATS]
    if tables:
        if texts:
            _LOG.warning("%s has tables; these texts are not read: %s", folder, _some(texts))
        return [file_source(path) for path in tables]
    if texts:
        return [Source(f"{folder.name}/*", tuple(texts), lambda: read_texts(folder, texts))]
    found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    there = f"it has {_some(found)}" if found else "it is empty"
    raise MissingFile(f"{folder} has no file that can be read ({_formats()}); {there}")


def _visible(paths: Iterator[Path]) -> list[Path]:
    # Excel leaves `~$name.xlsx` beside a workbook that is open.
    return sorted(p for p in paths if p.is_file() and not p.name.startswith((".", "~$")))


def _formats() -> str:
    return ", ".join((*FORMATS, *TEXT_FORMATS))


def _some(paths: Sequence[Path]) -> str:
    names = [path.name for path in paths]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
