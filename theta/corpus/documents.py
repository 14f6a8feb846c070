"""The rows of all sources as chunks of documents, with every bad row counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class RowChunk:
    """Consecutive rows of one file.

    Attributes
    ----------
    file : str
    lines : sequence of int
    bad : sequence of bool
    ids, texts : sequence of str
    labels, times : sequence of (str or None)
    splits : sequence of int
    others : sequence of (sequence of str)
        Column by column, all but the text.
    """

    file: str
    lines: Sequence[int]
    bad: Sequence[bool]
    ids: Sequence[str]
    texts: Sequence[str]
    labels: Sequence[str | None]
    times: Sequence[str | None]
    splits: Sequence[int]
    others: Sequence[Sequence[str]]

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
        text = order[self.columns.text]
        rows: list[Row] = []
        size = 0
        for row in self._with_known_dates(table.rows):
            rows.append(row)
            if row.values is None:
                self._tell_bad(table, row)
            else:
                size += len(row.values[text])
            if len(rows) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
                yield self._chunk(table, rows, order)
                self._judge_bad_rows(at_end=False)
                rows, size = [], 0
        if rows:
            yield self._chunk(table, rows, order)

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

    def _chunk(self, table: Table, rows: Sequence[Row], order: Sequence[int]) -> RowChunk:
        """Return rows column by column; a bad row has nothing in any."""
        columns = self.columns
        empty = [""] * len(table.columns)
        found = list(zip(*(row.values or empty for row in rows), strict=True))
        values = [found[at] for at in order]
        lines = [row.line for row in rows]
        numbers = range(self.rows + 1, self.rows + len(rows) + 1)
        self.rows += len(rows)
        names = [None] * len(rows) if columns.id is None else map(present, values[columns.id])
        texts = [present(value) or "" for value in values[columns.text]]
        self.undecoded += sum("\ufffd" in text for text in texts)
        nothing = [None] * len(rows)
        return RowChunk(
            file=table.name,
            lines=lines,
            bad=[row.values is None for row in rows],
            ids=[name or str(number) for name, number in zip(names, numbers, strict=True)],
            texts=texts,
            labels=nothing if columns.label is None else [*map(present, values[columns.label])],
            times=nothing if columns.time is None else [*map(self._date, values[columns.time])],
            splits=[UNGIVEN] * len(rows)
            if columns.split is None
            else [
                split_code(table.name, line, value)
                for line, value in zip(lines, values[columns.split], strict=True)
            ],
            others=[values[at] for at in columns.others],
        )

    def _date(self, value: str) -> str | None:
        written = present(value)
        return None if written is None else parse_date(written, bool(self._day_first))

    def _tell_bad(self, table: Table, row: Row) -> None:
        self.bad += 1
        if self.bad <= _TOLD:
            _LOG.warning("%s, line %d: bad row skipped: %s", table.name, row.line, row.problem)
        elif self.bad == _TOLD + 1:
            _LOG.warning("more bad rows are skipped; the ledger lists all of them")
        self._first_problem = self._first_problem or f"{table.name}, line {row.line}: {row.problem}"

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
