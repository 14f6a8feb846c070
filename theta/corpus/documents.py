"""The rows of all sources as chunks of documents, with every bad row counted."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from itertools import islice

from theta.corpus.columns import Columns, RequestedColumns, find_columns, present, split_code
from theta.corpus.date_order import OrderFinder
from theta.corpus.read import Row, Source, Table, Wanted
from theta.corpus.split import UNASSIGNED
from theta.errors import InvalidOption, NoRows

_LOG = logging.getLogger(__name__)

CHUNK_ROWS = 5_000
CHUNK_CHARACTERS = 4_000_000
MAX_BAD_SHARE = 0.05
_SAMPLED_ROWS = 200
"""Number of rows sampled to recognize the text column."""

_EXCEL_CELL = 32_767
"""Largest number of characters in a cell of Excel."""

_EARLIEST_CHECK = 1_000
"""Number of rows after which too many bad ones end the reading at once."""
_LOGGED = 10
"""Number of bad rows that are logged; the ledger lists all of them."""


class Status(IntEnum):
    """Whether an input row was kept, or why it was dropped."""

    KEPT = 0
    BAD = 1
    EMPTY = 2
    DUPLICATE = 3
    SHORT = 4
    UNSAVED = 5
    NEAR_DUPLICATE = 6

    @property
    def reason(self) -> str:
        """Why it was dropped, as the ledger writes it."""
        return _REASONS[self]


_REASONS = (
    "",
    "bad row",
    "empty",
    "duplicate",
    "too short after tokenising",
    "formula without a stored value",
    "near duplicate",
)


@dataclass(frozen=True)
class RowChunk:
    """Consecutive rows of one file.

    Attributes
    ----------
    file : str
    lines : sequence of int
    bad : sequence of bool
    unsaved : sequence of bool
        Whether the text is a formula without a stored value.
    ids : sequence of (str or None)
        None where the row has no id; its number is its name then.
    texts : sequence of str
    labels : sequence of (str or None)
    times : sequence of (str or None)
        Times as written in the file.
    splits : sequence of int
    others : sequence of (sequence of str)
        All columns except the text.
    """

    file: str
    lines: Sequence[int]
    bad: Sequence[bool]
    unsaved: Sequence[bool]
    ids: Sequence[str | None]
    texts: Sequence[str]
    labels: Sequence[str | None]
    times: Sequence[str | None]
    splits: Sequence[int]
    others: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.lines)


@dataclass
class ReadCounts:
    """Numbers of rows; those of parts add up to those of the whole.

    Attributes
    ----------
    rows, bad, undecoded, unsaved, cut : int
        Rows; bad ones; texts with a character that could not be decoded; texts that are formulas
        without a value; texts as long as Excel's limit for a cell.
    first_problem : str
        The first bad row and what is wrong with it.
    """

    rows: int = 0
    bad: int = 0
    undecoded: int = 0
    unsaved: int = 0
    cut: int = 0
    first_problem: str = ""

    def __iadd__(self, other: ReadCounts) -> ReadCounts:
        for one in fields(self):
            mine, others = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, mine or others if isinstance(mine, str) else mine + others)
        return self

    def check(self, *, at_end: bool) -> None:
        """Raise `InvalidOption` if too many rows are bad."""
        if not at_end and self.rows < _EARLIEST_CHECK:
            return
        if self.bad > MAX_BAD_SHARE * self.rows:
            raise InvalidOption(
                f"{self.bad:,} of {self.rows:,} rows are bad, over the limit of "
                f"{MAX_BAD_SHARE:.0%}; the first is {self.first_problem}"
            )

    def notes(self) -> list[str]:
        """Return notes for the user, one line each."""
        notes = []
        if self.undecoded:
            notes.append(
                f"documents with characters that could not be decoded (\ufffd): {self.undecoded:,}"
            )
        if self.unsaved:
            notes.append(
                f"{self.unsaved:,} texts are formulas without a stored value, so dropped: open "
                "the workbook in Excel or LibreOffice, save it, and run this command again"
            )
        if self.cut:
            notes.append(
                f"{self.cut:,} texts have exactly {_EXCEL_CELL:,} characters, the limit of a cell "
                "in Excel: the rest was lost when the table was saved there"
            )
        return notes


class DocumentReader:
    """Reads all sources as one corpus.

    Parameters
    ----------
    sources : sequence of Source
    requested : RequestedColumns
    wanted : Wanted, optional
        How to find headers; by default derived from `requested`.
    log_bad_rows : bool
        Whether the first bad rows are logged.
    partial : bool
        Whether this is a part of a corpus; then who has all parts checks the `counts`.

    Attributes
    ----------
    columns : Columns
        The columns of every source.
    counts : ReadCounts
        Of the rows so far.
    orders : OrderFinder
        Evidence of the order of dates so far.
    notes : list of str
        Notes for the user, one line each.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        requested: RequestedColumns,
        wanted: Wanted | None = None,
        *,
        log_bad_rows: bool = True,
        partial: bool = False,
    ) -> None:
        self._partial = partial
        self._log_bad_rows = log_bad_rows
        self._sources = sources
        self._requested = requested
        self._wanted = requested.wanted if wanted is None else wanted
        self.columns = self._agreed_columns()
        self.counts = ReadCounts()
        self.notes: list[str] = list(self.columns.notes)
        self.orders = OrderFinder()

    @property
    def one_per_file(self) -> bool:
        """Whether each document is a file."""
        return all(source.one_per_file for source in self._sources)

    def _agreed_columns(self) -> Columns:
        by_source: dict[str, tuple[str, ...]] = {}
        columns = None
        for source in self._sources:
            table = source.open(self._wanted)
            by_source[source.name] = table.columns
            if columns is None:
                sample = list(islice(table.rows, _SAMPLED_ROWS))
                columns = find_columns(table, self._requested, sample)
            table.close()
        assert columns is not None
        first, *others = by_source.values()
        if any(set(names) != set(first) for names in others):
            listed = "; ".join(f"{name}: {', '.join(c) or 'none'}" for name, c in by_source.items())
            raise InvalidOption(
                f"the files of one corpus must have the same columns, but these differ: {listed}"
            )
        return columns

    def chunks(self) -> Iterator[RowChunk]:
        """Yield the rows of all sources in chunks of a few thousand."""
        for source in self._sources:
            table = source.open(self._wanted)
            try:
                yield from self._chunks_of(table)
            finally:
                table.close()
            self._note_encoding(table)
            self.notes.extend(table.notes)
        if self._partial:
            return
        self.counts.check(at_end=True)
        self.notes += self.counts.notes()
        if not self.counts.rows:
            raise NoRows(f"{self._sources[0].name} has a header but no rows")

    def _chunks_of(self, table: Table) -> Iterator[RowChunk]:
        order = [table.columns.index(name) for name in self.columns.names]
        text = order[self.columns.text]
        rows: list[Row] = []
        size = 0
        for row in table.rows:
            rows.append(row)
            if row.values is None:
                self._log_bad_row(table, row)
            else:
                size += len(row.values[text])
            if len(rows) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
                yield self._chunk(table, rows, order)
                if not self._partial:
                    self.counts.check(at_end=False)
                rows, size = [], 0
        if rows:
            yield self._chunk(table, rows, order)

    def _chunk(self, table: Table, rows: Sequence[Row], order: Sequence[int]) -> RowChunk:
        """Return rows by column; a bad row is empty in all of them."""
        columns = self.columns
        empty = [""] * len(table.columns)
        in_file = list(zip(*(row.values or empty for row in rows), strict=True))
        values = [in_file[at] for at in order]
        lines = [row.line for row in rows]
        counts = self.counts
        counts.rows += len(rows)
        texts = [present(value) or "" for value in values[columns.text]]
        at_text = order[columns.text]
        unsaved = [
            at_text in row.unsaved and not text for row, text in zip(rows, texts, strict=True)
        ]
        counts.undecoded += sum("\ufffd" in text for text in texts)
        counts.unsaved += sum(unsaved)
        counts.cut += sum(len(text) == _EXCEL_CELL for text in values[columns.text])
        if columns.time is not None:
            self.orders.add(table.name, lines, values[columns.time])
        nothing = [None] * len(rows)
        return RowChunk(
            file=table.name,
            lines=lines,
            bad=[row.values is None for row in rows],
            unsaved=unsaved,
            ids=nothing if columns.id is None else [*map(present, values[columns.id])],
            texts=texts,
            labels=nothing if columns.label is None else [*map(present, values[columns.label])],
            times=nothing if columns.time is None else [*map(present, values[columns.time])],
            splits=[UNASSIGNED] * len(rows)
            if columns.split is None
            else [
                split_code(table.name, line, value)
                for line, value in zip(lines, values[columns.split], strict=True)
            ],
            others=[values[at] for at in columns.others],
        )

    def _log_bad_row(self, table: Table, row: Row) -> None:
        counts = self.counts
        counts.bad += 1
        counts.first_problem = (
            counts.first_problem or f"{table.name}, line {row.line}: {row.problem}"
        )
        if not self._log_bad_rows:
            return
        if counts.bad <= _LOGGED:
            _LOG.warning("%s, line %d: bad row skipped: %s", table.name, row.line, row.problem)
        elif counts.bad == _LOGGED + 1:
            _LOG.warning("more bad rows are skipped; the ledger lists all of them")

    def _note_encoding(self, table: Table) -> None:
        encoding = table.facts.get("encoding", "utf-8")
        how = table.facts.get("encoding_how", "")
        if encoding not in ("utf-8", "utf-8-sig") or "invalid" in how:
            self.notes.append(f"{table.name} was read as {encoding} ({how})")
