"""CSV and TSV: the delimiter is detected, and a broken row does not affect others."""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import IO, NamedTuple

from theta.corpus.read.encoding import open_text
from theta.corpus.read.files import InputFile
from theta.corpus.read.header import NO_HEADER, SEARCHED_ROWS, Wanted, header_note, positions
from theta.corpus.read.table import MAX_ROW_CHARACTERS, Row, Table, clean_columns, too_long

_DELIMITERS = ",\t;|"
_EVEN = 0.9
"""Least share of rows as wide as the first that makes the first a header."""
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[,;\t]*\r?\n?', re.IGNORECASE)
"""Excel's declaration of the delimiter in the first line, which it writes in some countries."""
_SAMPLE_LINES = 200
_SAMPLE_CHARACTERS = 4 * 1024 * 1024
_TAKES_NULS = sys.version_info >= (3, 11)
"""Older versions of the csv module refuse them."""
_QUOTES = "its quotes do not match"
_PIECE = 1024 * 1024
_TOO_LONG = too_long()


def read_delimited(file: InputFile, wanted: Wanted) -> Table:
    """Return the rows of a CSV or TSV file.

    A row whose number of fields differs from the header's is bad. If a stray quote has swallowed
    following lines, only the line with the quote is bad: reading continues with the next line.
    Excel's first line ``sep=;`` sets the delimiter; lines above the header are ignored.
    """
    csv.field_size_limit(MAX_ROW_CHARACTERS)
    handle, encoding = open_text(file)
    head = _sample(handle)
    begin = find_begin(head, wanted)
    dialect = begin.dialect
    rows = iter(_Records(head[begin.skipped :], handle, dialect, begin.skipped))
    facts = {"encoding": encoding.name, "encoding_how": encoding.how}
    table = Table(file.name, (), iter(()), {**facts, "delimiter": dialect.delimiter}, handle=handle)
    for first in rows:
        if first.values is None or not any(value.strip() for value in first.values):
            continue
        if wanted.header_row([first.values]) is None:
            table.columns = positions(len(first.values))
            table.notes.append(f"{file.name}: {NO_HEADER}")
            rows = chain([first], rows)
        else:
            table.header = tuple(first.values)
            table.columns = clean_columns(first.values)
            if begin.titles:
                table.notes.append(f"{file.name}: {header_note(first.line)}")
        break
    table.rows = _checked(rows, len(table.columns), handle)
    return table


class Begin(NamedTuple):
    """How a delimited file begins.

    Attributes
    ----------
    dialect : Dialect
    skipped : int
        Lines above the header.
    titles : bool
        Whether these lines have content, which is ignored.
    """

    dialect: Dialect
    skipped: int
    titles: bool


def find_begin(head: Sequence[str], wanted: Wanted) -> Begin:
    """Return where the header of a delimited file is and how its fields are separated.

    Parameters
    ----------
    head : sequence of str
        The first lines.
    wanted : Wanted
        A line with one of its names is the header if the first line is not.
    """
    lines = [line for line in head if len(line) < MAX_ROW_CHARACTERS]
    if lines and (named := _SEPARATOR_LINE.fullmatch(lines[0])):
        return Begin(find_dialect(lines[1:], named[1]), 1, False)
    dialect = find_dialect(lines)
    # A first row that is as wide as the others is not a title above them.
    fits = _cut(dialect, lines).even >= _EVEN and not wanted.surely
    if fits or wanted.is_header(_first_record(dialect, lines)):
        return Begin(dialect, 0, False)
    for skipped in range(1, min(len(lines), SEARCHED_ROWS)):
        below = find_dialect(lines[skipped:])
        rows = [_first_record(below, [line]) for line in lines[: skipped + 1]]
        if wanted.is_header(rows[-1]) and wanted.header_row(rows) == skipped:
            return Begin(below, skipped, any(line.strip() for line in lines[:skipped]))
    return Begin(dialect, 0, False)


def _first_record(dialect: Dialect, lines: Sequence[str]) -> list[str]:
    try:
        records = dialect.reader(lines, strict=False)
        return next((cells for cells in records if any(cell.strip() for cell in cells)), [])
    except csv.Error:  # a quote that swallows more than the limit of a row
        return []


class Dialect(NamedTuple):
    """The delimiter and quoting of a file."""

    delimiter: str
    quoted: bool

    def reader(self, lines: Iterable[str], *, strict: bool) -> Iterator[list[str]]:
        """Return the records of lines."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
            strict=strict,
        )


def find_dialect(lines: Sequence[str], delimiters: str = _DELIMITERS) -> Dialect:
    """Return the delimiter and quoting that split the sample most evenly into the most fields.

    Delimiters are ranked by the share of records with as many fields as the first, then by the
    number of fields. Quoting is assumed unless rows are more even, or more rows are all even,
    without it. A file of one column has no delimiter and is read with the first.
    """
    best = _Cut(0.0, 1, 0)
    chosen = Dialect(delimiters[0], quoted=True)
    for quoted in (True, False):
        for delimiter in delimiters:
            candidate = Dialect(delimiter, quoted)
            cut = _cut(candidate, lines)
            if cut[:2] > best[:2] or (cut[:2] == best[:2] and cut.even == 1 and cut.n > best.n):
                best, chosen = cut, candidate
    return chosen


class _Cut(NamedTuple):
    even: float
    fields: int
    n: int


def _cut(dialect: Dialect, lines: Sequence[str]) -> _Cut:
    try:
        records = [record for record in dialect.reader(lines, strict=False) if record]
    except csv.Error:  # a quote that swallows more than the limit of a row
        return _Cut(0.0, 0, 0)
    # The last record of the sample may be cut short.
    records = records[: max(len(records) - 1, 1)]
    if not records or len(records[0]) < 2:
        return _Cut(0.0, 0, 0)
    even = sum(len(record) == len(records[0]) for record in records) / len(records)
    return _Cut(even, len(records[0]), len(records))


def _sample(handle: IO[str]) -> list[str]:
    head: list[str] = []
    size = 0
    while len(head) < _SAMPLE_LINES and size < _SAMPLE_CHARACTERS:
        line = handle.readline(MAX_ROW_CHARACTERS)
        if not line:
            break
        head.append(line if _TAKES_NULS else line.replace("\0", ""))
        size += len(line)
    return head


def _checked(rows: Iterator[Row], n_columns: int, handle: IO[str]) -> Iterator[Row]:
    with handle:
        for row in rows:
            if row.values is None or len(row.values) == n_columns:
                yield row
            elif row.values and not any(row.values[n_columns:]) and len(row.values) > n_columns:
                # Spreadsheets write delimiters for empty cells to the right of the table.
                yield Row(row.line, row.values[:n_columns])
            elif row.values:  # an empty line is not a row
                n_fields = len(row.values)
                yield Row(row.line, None, f"{n_fields} fields where the header has {n_columns}")


class _Records:
    """CSV records with the numbers of their first lines; can go back to a line."""

    def __init__(
        self, head: Sequence[str], handle: IO[str], dialect: Dialect, line: int = 0
    ) -> None:
        self._handle = handle
        self._dialect = dialect
        self._again = deque(head)
        self._record: list[str] = []
        self._line = line
        self._width = 0

    def __iter__(self) -> Iterator[Row]:
        reader = self._dialect.reader(self._feed(), strict=True)
        while True:
            self._record.clear()
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._recover(str(error) if str(error) == _TOO_LONG else _QUOTES)
                reader = self._dialect.reader(self._feed(), strict=True)
                continue
            if not self._width and any(value.strip() for value in values):
                self._width = len(values)
            if len(self._record) > 1 and len(values) != self._width and self._swallowed():
                yield self._recover(_QUOTES)
                reader = self._dialect.reader(self._feed(), strict=True)
                continue
            yield Row(self._line + 1, values)
            self._line += len(self._record)

    def _feed(self) -> Iterator[str]:
        """Yield lines, remembering those of the current record."""
        record = self._record
        size = 0
        for line in chain(
            self._left_again(), iter(partial(self._handle.readline, MAX_ROW_CHARACTERS), "")
        ):
            if not _TAKES_NULS:
                line = line.replace("\0", "")
            size = size + len(line) if record else len(line)
            record.append(line)
            if size >= MAX_ROW_CHARACTERS:
                self._skip_rest_of(line)
                raise csv.Error(_TOO_LONG)
            yield line

    def _left_again(self) -> Iterator[str]:
        while self._again:
            yield self._again.popleft()

    def _skip_rest_of(self, line: str) -> None:
        """Skip to the end of a line that was longer than the limit."""
        while line and not line.endswith(("\n", "\r")):
            line = self._again.popleft() if self._again else self._handle.readline(_PIECE)

    def _swallowed(self) -> bool:
        """Return whether the lines after the first look like separate rows."""
        others = self._record[1:21]
        return 2 * sum(self._alone(line) is not None for line in others) >= len(others)

    def _alone(self, line: str) -> list[str] | None:
        """Return the fields of a line that is a complete row, or None."""
        values = next(self._dialect.reader([line], strict=False), [])
        whole = not self._dialect.quoted or line.count('"') % 2 == 0
        return values if len(values) == self._width and whole else None

    def _recover(self, problem: str) -> Row:
        """Give up only the first line of the current record, and read the others again."""
        self._line += 1
        first, *others = self._record
        self._again.extendleft(reversed(others))
        # Not every stray quote breaks a row: `"so-called" text,label` has its two fields.
        values = self._alone(first) if len(first) < MAX_ROW_CHARACTERS else None
        if values is not None:
            return Row(self._line, values)
        return Row(self._line, None, problem)
