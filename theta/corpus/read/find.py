"""Finding the sources in a file or a folder of the user's."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from theta.corpus.read.delimited import read_delimited
from theta.corpus.read.files import InputFile
from theta.corpus.read.formats import FORMATS, SUPPORTED, conversion_advice, suffix_of
from theta.corpus.read.header import Wanted
from theta.corpus.read.source import Source
from theta.corpus.read.table import Table
from theta.corpus.read.texts import TEXT_FORMATS, looks_like_table, read_lines, read_texts
from theta.errors import InvalidOption, MissingFile
from theta.layout import DRIFT_ENDING

_LOG = logging.getLogger(__name__)


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
        fix = conversion_advice(path) or f"supported are: {SUPPORTED}"
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
        raise MissingFile(f"{folder} is not there; put your documents into it ({SUPPORTED})")
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
    fixes = {path.name: conversion_advice(path) for path in others}
    advice = next((f"; {name}: {fix}" for name, fix in fixes.items() if fix), "")
    raise MissingFile(f"{folder} has no file that can be read ({SUPPORTED}); {content}{advice}")


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
            f"{path.name} is one text file: each of its lines is read as one document"
        )
        return table

    return Source(path.name, (path,), read)


def _visible(paths: Iterator[Path]) -> list[Path]:
    # Excel leaves `~$name.xlsx` beside a workbook that is open.
    return sorted(p for p in paths if p.is_file() and not p.name.startswith((".", "~$")))


def _some(paths: Sequence[Path]) -> str:
    names = [path.name for path in paths]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
