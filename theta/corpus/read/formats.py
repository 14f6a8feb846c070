"""The supported formats: a reader for each suffix, and how to convert the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from theta.corpus.read.archive import member_of
from theta.corpus.read.delimited import read_delimited
from theta.corpus.read.files import PACKINGS, InputFile
from theta.corpus.read.header import Wanted
from theta.corpus.read.json_whole import read_json
from theta.corpus.read.jsonl import read_jsonl
from theta.corpus.read.parquet import read_parquet
from theta.corpus.read.table import Table
from theta.corpus.read.texts import TEXT_FORMATS
from theta.corpus.read.workbook import read_workbook

Reader = Callable[[InputFile, Wanted], Table]

_WORKBOOKS = (".xlsx", ".xlsm")

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
    **dict.fromkeys(_WORKBOOKS, read_workbook),
}


def _read_zip(file: InputFile, wanted: Wanted) -> Table:
    member = member_of(file, tuple(_TABLES))
    return _TABLES[_suffix(member.member, _TABLES)](member, wanted)


FORMATS: dict[str, Reader] = {**_TABLES, ".zip": _read_zip}
"""Readers of files with many documents, by suffix."""

SUPPORTED_TABLES = (
    f"{', '.join(_STREAMED)} (or compressed: {', '.join(PACKINGS)}), .parquet, .xlsx, .xlsm, .zip"
)
SUPPORTED = f"{SUPPORTED_TABLES}, {', '.join(TEXT_FORMATS)}"

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


def suffix_of(path: Path) -> str:
    """Return the suffix that determines a file's format, in lower case."""
    return _suffix(path.name, (*FORMATS, *TEXT_FORMATS))


def may_have_sheets(path: Path) -> bool:
    """Return whether a file is a workbook or an archive that may contain one."""
    return suffix_of(path) in (*_WORKBOOKS, ".zip")


def _suffix(name: str, known: Iterable[str]) -> str:
    return max((suffix for suffix in known if name.lower().endswith(suffix)), key=len, default="")


def conversion_advice(path: Path) -> str | None:
    """Return how to convert a file of an unsupported format; None for an unknown one."""
    return _CONVERSIONS.get(_suffix(path.name, _CONVERSIONS))
