"""The rows of all sources as chunks of documents, with every bad row counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import chain

from theta.corpus.columns import Columns, find_columns, present, split_code
from theta.corpus.dates import day_comes_first, parse_date
from theta.corpus.read import Row, Source, Table
from theta.corpus.settings import CorpusSettings
from theta.corpus.split import UNGIVEN
from theta.errors import InvalidOption

_LOG = logging.getLogger(__name__)

CHUNK_ROWS = 5_000
CHUNK_CHARACTERS = 4_000_000
MAX_BAD_SHARE = 0.05
_JUDGED_EARLY = 1_000
"""Rows after which too many bad ones end the reading at once."""
_TOLD = 10
"""Bad rows that are logged with their line; all are in the ledger."""


class Status(IntEnum):
    """What became of an input row."""

    KEPT = 0
    BAD = 1
    EMPTY = 2
    DUPLICATE = 3
    SHORT = 4

    @property
    def reason(self) -> str:
        """Why it was dropped, in the ledger's words."""
        return ("", "bad row", "empty", "duplicate", "too short after tokenising")[self]


@dataclass
class RowChunk:
    """Consecutive rows of one file.

    Attributes
    ----------
    file : str
    lines : list of int
    bad : list of bool
    ids, texts : list of str
    labels, times : list of (str or None)
    splits : list of int
    others : list of list of str
        One list per column that is not the text.
    """

    file: str
    lines: list[int] = field(default_factory=list)
    bad: list[bool] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    times: list[str | None] = field(default_factory=list)
    splits: list[int] = field(default_factory=list)
    others: list[Sequence[str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)


class DocumentReader:
    """Reads all sources as one corpus.

    Attributes
    ----------
    columns : Columns
        Those of every source.
    rows, bad, undecoded : int
        Rows so far, bad ones, and those whose text has a character that could not be decoded.
    notes : list of str
        What a user should know, one line each.
    """

    def __init__(self, sources: Sequence[Source], settings: CorpusSettings) -> None:
        self._sources = sources
        self._settings = settings
        self.columns = self._agreed_columns()
        self.rows = self.bad = self.undecoded = 0
        self._first_problem = ""
        self.notes: list[str] = []
        self._day_first: bool | None = None

    def _agreed_columns(self) -> Columns:
        found: dict[str, tuple[str, ...]] = {}
        for source in self._sources:
            table = source.open()
            table.close()
            found[source.name] = table.columns
        first, *others = found.values()
        if any(set(columns) != set(first) for columns in others):
            listed = "; ".join(f"{name}: {', '.join(c) or 'none'}" for name, c in found.items())
            raise InvalidOption(
                f"the files of one corpus must have the same columns, but found {listed}"
            )
        settings = self._settings
        return find_columns(
            self._sources[0].name,
            first,
            settings.text_column,
            settings.label_column,
            settings.time_column,
        )

    def chunks(self) -> Iterator[RowChunk]:
        """Yield the rows of all sources, a few thousand at a time."""
        for source in self._sources:
            table = source.open()
            try:
                yield from self._chunks_of(table)
            finally:
                table.close()
            self._note_encoding(table)
            self.notes.extend(table.notes)
        self._judge_bad_rows(at_end=True)
        if self.undecoded:
            self.notes.append(
                f"documents with characters that could not be decoded (\ufffd): {self.undecoded:,}"
            )
        if not self.rows:
            raise InvalidOption(f"{self._sources[0].name} has a header but no rows")

    def _chunks_of(self, table: Table) -> Iterator[RowChunk]:
        order = [table.columns.index(name) for name in self.columns.names]
        straight = order == list(range(len(order)))
        chunk, size = RowChunk(table.name), 0
        rows = self._with_known_dates(table.rows)
        for row in rows:
            self.rows += 1
            if row.values is None:
                self._add_bad(chunk, table, row)
            else:
                values = row.values if straight else [row.values[at] for at in order]
                self._add(chunk, table, row.line, values)
            size += len(chunk.texts[-1])
            if len(chunk) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
                yield chunk
                self._judge_bad_rows(at_end=False)
                chunk, size = RowChunk(table.name), 0
        if len(chunk):
            yield chunk

    def _with_known_dates(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Look at the first rows' dates to tell 03/05 from 05/03, then yield all rows."""
        if self.columns.time is None or self._day_first is not None:
            return rows
        head: list[Row] = []
        for row in rows:
            head.append(row)
            if len(head) == CHUNK_ROWS:
                break
        at = self.columns.time
        self._day_first = day_comes_first(r.values[at] for r in head if r.values is not None)
        return chain(head, rows)

    def _add(self, chunk: RowChunk, table: Table, line: int, values: Sequence[str]) -> None:
        columns = self.columns
        chunk.lines.append(line)
        chunk.bad.append(False)
        name = None if columns.id is None else present(values[columns.id])
        chunk.ids.append(name or self._row_number())
        chunk.texts.append(present(values[columns.text]) or "")
        self.undecoded += "\ufffd" in chunk.texts[-1]
        chunk.labels.append(None if columns.label is None else present(values[columns.label]))
        chunk.times.append(self._date(values))
        chunk.splits.append(
            UNGIVEN
            if columns.split is None
            else split_code(table.name, line, values[columns.split])
        )
        chunk.others.append([values[at] for at in columns.others])

    def _date(self, values: Sequence[str]) -> str | None:
        if self.columns.time is None:
            return None
        value = present(values[self.columns.time])
        return None if value is None else parse_date(value, bool(self._day_first))

    def _add_bad(self, chunk: RowChunk, table: Table, row: Row) -> None:
        self.bad += 1
        if self.bad <= _TOLD:
            _LOG.warning("%s, line %d: bad row skipped: %s", table.name, row.line, row.problem)
        elif self.bad == _TOLD + 1:
            _LOG.warning("more bad rows are skipped; the ledger lists all of them")
        chunk.lines.append(row.line)
        chunk.bad.append(True)
        chunk.ids.append(self._row_number())
        chunk.texts.append("")
        chunk.labels.append(None)
        chunk.times.append(None)
        chunk.splits.append(UNGIVEN)
        chunk.others.append([""] * len(self.columns.others))
        self._first_problem = self._first_problem or f"{table.name}, line {row.line}: {row.problem}"

    def _row_number(self) -> str:
        return str(self.rows)

    def _judge_bad_rows(self, *, at_end: bool) -> None:
        if not at_end and self.rows < _JUDGED_EARLY:
            return
        if self.bad > MAX_BAD_SHARE * self.rows:
            raise InvalidOption(
                f"{self.bad:,} of {self.rows:,} rows are bad, over the limit of "
                f"{MAX_BAD_SHARE:.0%}; the first is {self._first_problem}"
            )

    def _note_encoding(self, table: Table) -> None:
        encoding = table.facts.get("encoding", "utf-8")
        how = table.facts.get("encoding_how", "")
        if encoding not in ("utf-8", "utf-8-sig") or "invalid" in how:
            self.notes.append(f"{table.name} was read as {encoding} ({how})")
