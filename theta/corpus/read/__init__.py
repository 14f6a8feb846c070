"""Reading the user's files: each format yields a stream of rows with line numbers."""

from __future__ import annotations

import logging
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.corpus.read.archive import member_of
from theta.corpus.read.delimited import read_delimited
from theta.corpus.read.files import PACKINGS, InputFile
from theta.corpus.read.header import Wanted
from theta.corpus.read.json_whole import read_json
from theta.corpus.read.jsonl import read_jsonl
from theta.corpus.read.parquet import read_parquet
from theta.corpus.read.table import Row, Table
from theta.corpus.read.texts import TEXT_FORMATS, looks_like_table, read_lines, read_texts
from theta.corpus.read.workbook import read_workbook
from theta.errors import InvalidOption, MissingFile
from theta.layout import DRIFT_ENDING
from theta.storage import sha256

_LOG = logging.getLogger(__name__)

__all__ = ["FORMATS", "Row", "Source", "Table", "Wanted", "file_source", "find_sources"]

Reader = Callable[[InputFile, Wanted], Table]

_STREAMED: dict[str, Reader] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".tab": read_delimited,
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
}
_TABLES: dict[str, Reader] = {
    **_STREAMED,
    **{name + packing: read for name, read in _STREAMED.items() for packing in PACKINGS},
    ".parquet": read_parquet,
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
}


def _read_zip(file: InputFile, wanted: Wanted) -> Table:
    member = member_of(file, tuple(_TABLES))
    return _TABLES[_suffix(member.member, _TABLES)](member, wanted)


FORMATS: dict[str, Reader] = {**_TABLES, ".zip": _read_zip}
"""Readers of files with many documents, by suffix."""

_READ = (
    f"{', '.join(_STREAMED)} (or compressed: {', '.join(PACKINGS)}), .parquet, .xlsx, .xlsm, .zip, "
    f"{', '.join(TEXT_FORMATS)}"
)

_CONVERSIONS = {
    ".xls": "open it in Excel or LibreOffice and save it as .xlsx",
    ".xlsb": "open it in Excel and save it as .xlsx",
    ".ods": "open it in LibreOffice and save it as .xlsx or .csv",
    ".doc": "save it as .docx",
    ".odt": "save it as .docx",
    ".rtf": "save it as .docx or .txt",
    ".sav": "export the table as CSV",
    ".dta": "export the table as CSV",
    ".rds": "write the table as CSV: write.csv(x, file)",
    ".pkl": "pickles are never read, since they can run code: write the table as CSV or Parquet",
    ".feather": "write the table as Parquet",
    ".html": "export the table as CSV, or keep the texts as .txt",
    ".xml": "export the documents as CSV or JSON",
    ".rar": "unpack it",
    ".7z": "unpack it",
    ".tar": "unpack it",
    ".tgz": "unpack it",
    ".tar.gz": "unpack it",
}
"""How to convert common files of other formats."""


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
            Now or while the rows are read, if the file cannot be unpacked or decoded.
        """
        with _naming_file(self.name):
            table = self.read(wanted or Wanted())
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


def suffix_of(path: Path) -> str:
    """Return the suffix that determines a file's format, in lower case."""
    return _suffix(path.name, (*FORMATS, *TEXT_FORMATS))


def _suffix(name: str, known: Iterable[str]) -> str:
    return max((suffix for suffix in known if name.lower().endswith(suffix)), key=len, default="")


def file_source(path: Path, wanted: Wanted | None = None) -> Source:
    """Return one file of many documents as a source.

    A ``.txt`` file is read as a table if it looks like one, or else as one document per line.

    Raises
    ------
    MissingFile
        If it does not exist.
    InvalidOption
        If its format is unsupported.
    """
    if path.is_dir():
        raise MissingFile(f"{path} is a folder; name a file")
    if not path.is_file():
        raise MissingFile(f"{path} is not there")
    suffix = suffix_of(path)
    if suffix == ".txt":
        return _table_in_text(path, wanted) or _lines_source(path)
    if suffix not in FORMATS:
        fix = _CONVERSIONS.get(_suffix(path.name, _CONVERSIONS), f"supported are: {_READ}")
        raise InvalidOption(f"{path} has an unsupported format; {fix}")
    return Source(path.name, (path,), lambda header: FORMATS[suffix](InputFile(path), header))


def text_source(path: Path, wanted: Wanted | None = None) -> Source:
    """Return a file of many documents or one text as a source.

    Raises
    ------
    MissingFile, InvalidOption
        As `file_source` does.
    """
    if path.is_file() and suffix_of(path) in TEXT_FORMATS:
        table = _table_in_text(path, wanted) if suffix_of(path) == ".txt" else None
        return table or _texts_source(path.name, path.parent, [path])
    return file_source(path, wanted)


def find_sources(folder: Path, wanted: Wanted | None = None) -> list[Source]:
    """Return the sources in a folder: its tables, or its texts as one source.

    Raises
    ------
    MissingFile
        If the folder does not exist or has no supported file.
    """
    if not folder.is_dir():
        raise MissingFile(f"{folder} is not there; put your documents into it ({_READ})")
    tables = [p for p in _visible(folder.iterdir()) if suffix_of(p) in FORMATS]
    texts = [p for p in _visible(folder.rglob("*")) if suffix_of(p) in TEXT_FORMATS]
    written = _written_by_infer(tables)
    if written and len(written) < len(tables) + len(texts):
        _LOG.warning("%s: results of --infer are not read: %s", folder, _some(written))
        tables = [path for path in tables if path not in written]
    if tables:
        if texts:
            _LOG.warning(
                "%s has tables, so these text files are not read: %s", folder, _some(texts)
            )
        return [file_source(path) for path in tables]
    if texts:
        return _text_sources(folder, texts, wanted or Wanted())
    others = [path for path in folder.iterdir() if not path.name.startswith(".")]
    content = f"it has {_some(others)}" if others else "it is empty"
    fixes = {path.name: _CONVERSIONS.get(_suffix(path.name, _CONVERSIONS)) for path in others}
    advice = next((f"; {name}: {fix}" for name, fix in fixes.items() if fix), "")
    raise MissingFile(f"{folder} has no file that can be read ({_READ}); {content}{advice}")


def _written_by_infer(tables: Sequence[Path]) -> list[Path]:
    """Return the drift reports of --infer among tables, and the tables that they belong to."""
    stems = {p.name.removesuffix(DRIFT_ENDING) for p in tables if p.name.endswith(DRIFT_ENDING)}
    names = {stem + ending for stem in stems for ending in (".csv", ".parquet", DRIFT_ENDING)}
    written = [path for path in tables if path.name in names]
    # A report without its table is not known to be one.
    return written if len(written) >= 2 * len(stems) else []


def _text_sources(folder: Path, texts: Sequence[Path], wanted: Wanted) -> list[Source]:
    """Return text files as tables if all of them are tables, or else as one document per file."""
    alone = len(texts) == 1
    if all(p.suffix.lower() == ".txt" and looks_like_table(p, wanted, alone=alone) for p in texts):
        return [_text_table(path) for path in texts]
    if alone and texts[0].suffix.lower() == ".txt":
        return [_lines_source(texts[0])]
    return [_texts_source(f"{folder.name}/*", folder, texts)]


def _texts_source(name: str, folder: Path, texts: Sequence[Path]) -> Source:
    paths = tuple(texts)
    return Source(name, paths, lambda _: read_texts(folder, paths), one_per_file=True)


def _table_in_text(path: Path, wanted: Wanted | None) -> Source | None:
    is_table = looks_like_table(path, wanted or Wanted(), alone=True)
    return _text_table(path) if is_table else None


def _text_table(path: Path) -> Source:
    def read(wanted: Wanted) -> Table:
        table = read_delimited(InputFile(path), wanted)
        table.notes.append(f"{path.name} is read as a table of {len(table.columns)} columns")
        return table

    return Source(path.name, (path,), read)


def _lines_source(path: Path) -> Source:
    def read(_: Wanted) -> Table:
        table = read_lines(path)
        table.notes.append(
            f"{path.name} is the only text file: each of its lines is read as one document"
        )
        return table

    return Source(path.name, (path,), read)


def _visible(paths: Iterator[Path]) -> list[Path]:
    # Excel leaves `~$name.xlsx` beside a workbook that is open.
    return sorted(p for p in paths if p.is_file() and not p.name.startswith((".", "~$")))


def _some(paths: Sequence[Path]) -> str:
    names = [path.name for path in paths]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
