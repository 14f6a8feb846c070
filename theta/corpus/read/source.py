"""The user's data as something that can be read again, and checked for changes."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.corpus.read.formats import may_have_sheets
from theta.corpus.read.header import Wanted
from theta.corpus.read.table import Row, Table
from theta.errors import InvalidOption, MissingFile
from theta.storage import sha256


@dataclass(frozen=True)
class Source:
    """Documents that can be read from the beginning, more than once.

    Attributes
    ----------
    name : str
    paths : tuple of Path
        The user's files it is read from; empty for data from elsewhere.
    read : callable
        Opens it and returns its `Table`, with the header found by a `Wanted`.
    facts : tuple of (str, str)
        Other facts that the data depend on.
    one_per_file : bool
        Whether each file is one document.
    """

    name: str
    paths: tuple[Path, ...]
    read: Callable[[Wanted], Table]
    facts: tuple[tuple[str, str], ...] = ()
    one_per_file: bool = False

    def open(self, wanted: Wanted | None = None) -> Table:
        """Return the rows.

        Parameters
        ----------
        wanted : Wanted, optional
            How to find the header.

        Raises
        ------
        InvalidOption
            Now or while the rows are read, if the file cannot be unpacked or decoded. If a sheet
            is wanted of a file that is not a workbook.
        """
        wanted = wanted or Wanted()
        if wanted.sheet is not None and not any(map(may_have_sheets, self.paths)):
            raise InvalidOption(
                f"--sheet {wanted.sheet}: {self.name} is not an Excel workbook, so it has no "
                "sheets; leave --sheet out"
            )
        with _naming_file(self.name):
            table = self.read(wanted)
        table.rows = _rows_naming_file(self.name, table.rows)
        return table

    def fingerprint(self) -> dict[str, Any]:
        """Return the facts that show later whether the data have changed."""
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
        """Return whether the data match an earlier `fingerprint`.

        A file with the recorded size and modification time counts as unchanged; with another time,
        its content is compared.
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
def _naming_file(name: str) -> Iterator[None]:
    """Turn errors of unpacking and decoding into errors that name the file."""
    try:
        yield
    except (zlib.error, lzma.LZMAError, zipfile.BadZipFile, EOFError, UnicodeError) as error:
        raise InvalidOption(f"{name} cannot be read: {error}") from error
    except OSError as error:
        if error.errno is None:  # raised by decompression libraries
            raise InvalidOption(f"{name} cannot be read: {error}") from error
        raise MissingFile(f"{name} cannot be read: {error.strerror}") from error


def _rows_naming_file(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    with _naming_file(name):
        yield from rows
