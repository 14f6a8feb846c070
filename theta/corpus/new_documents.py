"""Files of new documents, read like the files of a corpus."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.corpus.apply import CorpusRules
from theta.corpus.columns import RequestedColumns, read_levels, read_number
from theta.corpus.dates import DEFAULT_ORDER, parse_date
from theta.corpus.documents import DocumentReader, RowChunk
from theta.corpus.read import Source, Wanted, file_source, find_sources, suffix_of, text_source
from theta.corpus.read.header import LIKELY_TEXT_COLUMNS, TEXT_COLUMNS
from theta.errors import InvalidOption


class NewDocuments:
    """The rows of a file of new documents, read like the files of the corpus.

    Parameters
    ----------
    path : Path
        A file in any supported format, or a folder.
    rules : CorpusRules
    text_column : str, optional
        Name or number of the column of the texts, if it is not that of the corpus.
    sheet : str, optional
        Name or number of the sheet of a workbook.

    Attributes
    ----------
    columns : tuple of str
        The user's columns, in order.
    notes : list of str
        Notes for the user on the file, complete once it has been read.

    Raises
    ------
    MissingFile
        If the file does not exist.
    InvalidOption
        If its format is unknown, it is empty, or has no text column.
    """

    def __init__(
        self,
        path: Path,
        rules: CorpusRules,
        text_column: str | None = None,
        sheet: str | None = None,
    ) -> None:
        named_text = text_column or rules.settings["text_column"]
        text = text_column or rules.columns["text"]
        by_number = named_text if named_text is not None and named_text.isdecimal() else None
        wanted = RequestedColumns(text=by_number or text, sheet=sheet).wanted
        if named_text is None:
            wanted = replace(wanted, names=wanted.names | Wanted().names)
        sources = _find_sources(path, wanted, rules)
        names = _column_names(sources[0], wanted)
        requested = RequestedColumns(
            text=text if text in names else by_number or text_column,
            **{
                purpose: name if (name := rules.columns[purpose]) in names else None
                for purpose in ("label", "time")
            },
        )
        if names and requested.text is None:
            _refuse_without_text(path, names, rules)
        self._reader = DocumentReader(sources, requested, wanted)
        self._notes = _lines_in_one_text(path, sources)
        # Runs of earlier versions recorded no order.
        self._date_order = rules.settings.get("date_order", DEFAULT_ORDER)
        # The part of the corpus that a row belonged to has no meaning for new documents.
        self._reader.columns = replace(self._reader.columns, split=None)
        self.columns = self._reader.columns.names
        self.has_times = self._reader.columns.time is not None

    def chunks(self) -> Iterator[RowChunk]:
        """Yield the rows in chunks of a few thousand, with times as ISO dates."""
        for chunk in self._reader.chunks():
            times = [None if t is None else parse_date(t, self._date_order) for t in chunk.times]
            yield replace(chunk, times=times)

    def values(self, chunk: RowChunk) -> dict[str, list[str]]:
        """Return a chunk's texts by column, in the order of `columns`."""
        by_name = {
            self.columns[at]: list(values)
            for at, values in zip(self._reader.columns.others, chunk.others, strict=True)
        }
        by_name[self.columns[self._reader.columns.text]] = list(chunk.texts)
        return {name: by_name[name] for name in self.columns}

    def covariates(
        self,
        chunk: RowChunk,
        are_numbers: Mapping[str, bool],
        may_miss: Collection[str] = (),
    ) -> dict[str, NDArray[Any]]:
        """Return the covariates of a chunk, read with the types they had in the corpus.

        Parameters
        ----------
        chunk : RowChunk
        are_numbers : mapping of str to bool
            Whether each covariate holds numbers (or else levels), by column.
        may_miss : collection of str
            Numeric covariates that may be missing; they are NaN.

        Raises
        ------
        InvalidOption
            If another numeric covariate of a document is not a number.
        """
        by_name = self.values(chunk) if are_numbers else {}
        return {
            name: _numbers(name, by_name[name], chunk, may_miss=name in may_miss)
            if is_number
            else read_levels(by_name[name])
            for name, is_number in are_numbers.items()
        }

    @property
    def notes(self) -> list[str]:
        """Notes for the user on the file, complete once it has been read."""
        return [*self._notes, *self._reader.notes]


def _numbers(
    name: str, values: Sequence[str], chunk: RowChunk, *, may_miss: bool
) -> NDArray[np.float64]:
    numbers = np.full(len(values), np.nan)
    for row, (value, text) in enumerate(zip(values, chunk.texts, strict=True)):
        if not text:
            continue  # has no topics, whatever its covariates
        with suppress(ValueError):
            numbers[row] = read_number(value)
        if not np.isfinite(numbers[row]):
            if may_miss:
                numbers[row] = np.nan
                continue
            raise InvalidOption(
                f"{chunk.file}, line {chunk.lines[row]}: {name} is numeric in the run, but here it "
                f"is {value!r}: enter a number or remove the row; a run "
                "trained with --missing_covariates exclude accepts it"
            )
    return numbers


def _find_sources(path: Path, wanted: Wanted, rules: CorpusRules) -> list[Source]:
    """Return the sources of a file or folder.

    A ``.txt`` file is one document if the corpus was a folder of such files, else it is read as
    prepare_data.py reads it: one document per line.
    """
    if path.is_dir():
        return find_sources(path, wanted)
    # Runs of earlier versions recorded nothing and read one document per file.
    if suffix_of(path) == ".txt" and not rules.settings.get("text_files", True):
        return [file_source(path, wanted)]
    return [text_source(path, wanted)]


def _lines_in_one_text(path: Path, sources: Sequence[Source]) -> list[str]:
    """Return a note if a file of several lines, which may be documents, is read as one."""
    if path.is_dir() or path.suffix.lower() != ".txt" or not sources[0].one_per_file:
        return []
    with path.open("rb") as handle:
        n_lines = sum(1 for line in handle if line.strip())
    if n_lines < 2:
        return []
    return [
        f"{path.name} is read as one document of {n_lines:,} lines, as the files of the corpus "
        "were; if each line is a document, save it as .csv with the column name as first line"
    ]


def _column_names(source: Source, wanted: Wanted) -> tuple[str, ...]:
    table = source.open(wanted)
    table.close()
    return table.columns


def _refuse_without_text(path: Path, names: Sequence[str], rules: CorpusRules) -> None:
    folded = {name.casefold() for name in names}
    wanted = [rules.columns["text"]]
    if rules.settings["text_column"] is None:
        if folded & {*TEXT_COLUMNS, *LIKELY_TEXT_COLUMNS}:
            return
        wanted = [*dict.fromkeys([*wanted, *TEXT_COLUMNS])]
    raise InvalidOption(
        f"{path} has no text column {' or '.join(map(repr, wanted))}, like the corpus of the run; "
        f"its columns are {', '.join(map(repr, names[:20]))}: name it with "
        "--text_column, or rename one of them"
    )
