"""Clean files of documents for use in other programs."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from theta.corpus.clean import clean_text
from theta.corpus.columns import RequestedColumns, find_columns
from theta.corpus.languages import language_code, language_name
from theta.corpus.ledger import spreadsheet_cell
from theta.corpus.read import Row, Source, Table, find_sources, suffix_of, text_source
from theta.corpus.recognition import decide_language
from theta.errors import InvalidOption
from theta.storage import cannot_write, refuse_link, replacing_file

_LOG = logging.getLogger(__name__)

_SAMPLE = 1_000


@dataclass
class CleanReport:
    """The result of cleaning.

    Attributes
    ----------
    written : list of Path
    documents, changed, emptied : int
        Number of documents, of those that changed, and of those that became empty.
    language : str
        Language of the last file, and how it was decided.
    """

    written: list[Path]
    documents: int = 0
    changed: int = 0
    emptied: int = 0
    language: str = ""


def clean_files(
    source: Path, target: Path, language: str, text_column: str | None = None
) -> CleanReport:
    """Clean the texts of a file or folder.

    A table is written as CSV with all its columns, a text file as text. Each file is written to a
    temporary file that replaces the target when it is complete.

    Parameters
    ----------
    source : Path
        A file of documents, a text file, or a folder of either.
    target : Path
        The file to write, or the folder if `source` is one.
    language : str
        Name, code or ``auto``; see `clean_text`.
    text_column : str, optional

    Raises
    ------
    MissingFile
        If there is nothing to clean.
    InvalidOption
        If a table has no text column or the target is the source.
    """
    if source.resolve() == target.resolve():
        raise InvalidOption(f"--output {target} is the input; the original is never overwritten")
    report = CleanReport([])
    if not source.is_dir():
        _clean_source(
            text_source(source, RequestedColumns(text=text_column).wanted),
            target,
            language,
            text_column,
            report,
        )
        return report
    for part in find_sources(source, RequestedColumns(text=text_column).wanted):
        if part.one_per_file:
            _clean_source(part, target, language, text_column, report)
        else:
            name = part.name[: -len(suffix_of(Path(part.name)))] + ".csv"
            _clean_source(part, target / name, language, text_column, report)
    return report


def _clean_source(
    source: Source, target: Path, language: str, text_column: str | None, report: CleanReport
) -> None:
    requested = RequestedColumns(text=text_column)
    table = source.open(requested.wanted)
    head = list(islice(table.rows, _SAMPLE))
    columns = find_columns(table, requested, head)
    for note in (*columns.notes, *table.notes):
        _LOG.warning("%s", note)
    if language == "auto":
        texts = [row.values[columns.text] for row in head if row.values is not None]
        decision = decide_language([clean_text(text) for text in texts])
        code, report.language = decision.code, f"language: {decision.how}"
    else:
        code = language_code(language)
        report.language = f"language: {language_name(code)} (as given)"
    cleaned = _cleaned(chain(head, table.rows), columns.text, code, report)
    if source.one_per_file:
        _write_texts(cleaned, target, single=len(source.paths) == 1, report=report)
    else:
        _write_table(cleaned, table, target, report)


def _cleaned(rows: Iterator[Row], text: int, language: str, report: CleanReport) -> Iterator[Row]:
    for row in rows:
        if row.values is None:
            continue
        before = row.values[text]
        after = clean_text(before, language)
        report.documents += 1
        report.changed += after != before
        report.emptied += not after
        values = list(row.values)
        values[text] = after
        yield Row(row.line, values)


def _write_table(rows: Iterator[Row], table: Table, target: Path, report: CleanReport) -> None:
    with replacing_file(target) as new, new.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow([spreadsheet_cell(name) for name in table.columns])
        writer.writerows([spreadsheet_cell(value) for value in row.values or ()] for row in rows)
    report.written.append(target)


def _write_texts(rows: Iterator[Row], target: Path, *, single: bool, report: CleanReport) -> None:
    for row in rows:
        name, text = list(row.values or ())[:2]
        path = target if single and target.suffix else target / f"{name}.txt"
        refuse_link(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise cannot_write(path, error) from error
        report.written.append(path)
