"""Reads dates in users' formats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, NamedTuple

from theta.options.prepare import DATE_ORDERS

_YEAR = re.compile(r"(\d{4})(?:\.0+)?")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_ISO = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?![\d])(?:[T ].*)?", re.DOTALL)
_CHINESE = re.compile(r"(\d{4})\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*[日号])?)?.*", re.DOTALL)
_QUARTER = re.compile(r"(\d{4})\s?[-/.]?\s?[QqTt]([1-4])")
_QUARTER_FIRST = re.compile(r"[QqTt]([1-4])\s?[-/. ]?\s?(\d{4})")
_EXCEL_DAY = re.compile(r"[2-6]\d{4}(?:\.\d+)?")
"""The days since 1900 as which Excel stores dates: 20000 is in 1954, 69999 in 2091."""
_SECONDS = re.compile(r"(\d{9,10}|\d{12,13})(?:\.\d+)?")
_NUMERIC = re.compile(
    r"(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d./-])(?:[T, ].*)?", re.DOTALL
)
"""Three numbers, the first of which is not a four-digit year."""

_MUCH = 0.05
"""Share of the documents above which dates that cannot be read are a warning."""

_PIVOT = 69
"""First two-digit year of the 20th century: 69 is 1969, 68 is 2068, as in POSIX."""

DEFAULT_ORDER = "mdy"
"""Order of a column in which no date shows it."""


class _Orders(NamedTuple):
    natural: frozenset[str]
    misfit: tuple[str, ...]


@lru_cache(maxsize=100_000)
def orders_of(value: str) -> _Orders | None:
    """Return the orders that a date allows, and those in which it cannot be read.

    None if the value is not three numbers, or not a date in any order. Dates with dots have the day
    first, and a two-digit year comes first only if it cannot be a day or a month.
    """
    match = _NUMERIC.fullmatch(value)
    if match is None:
        return None
    readable = [order for order in DATE_ORDERS if _in_order(match, order) is not None]
    natural = [order for order in readable if order != "ymd"]
    if not natural and not 1 <= int(match[1]) <= 31:
        natural = readable
    if match[2] == "." and "dmy" in natural:
        natural = ["dmy"]
    if len({_in_order(match, order) for order in natural}) < 2 <= len(natural):
        natural = []  # 03/03/2021 is the same day in any order
    misfit = tuple(order for order in DATE_ORDERS if order not in readable)
    return _Orders(frozenset(natural), misfit) if readable else None


@lru_cache(maxsize=100_000)
def parse_date(value: str, order: str = DEFAULT_ORDER) -> str | None:
    """Return the ISO date (``YYYY-MM-DD``) of a year, a date or a time; None if it has none.

    A year is read as its January 1, a quarter (2021-Q3) or a month as its first day. Seconds and
    milliseconds since 1970 are read as UTC.

    Parameters
    ----------
    value : str
    order : {"dmy", "mdy", "ymd"}
        How to read 03/05/2020. None is returned for a date that does not fit.
    """
    value = value.strip()
    if found := _YEAR.fullmatch(value):
        return _iso(int(found[1]), 1, 1)
    if found := _YEAR_MONTH.fullmatch(value):
        return _iso(int(found[1]), int(found[2]), 1)
    if found := _QUARTER.fullmatch(value):
        return _iso(int(found[1]), 3 * int(found[2]) - 2, 1)
    if found := _QUARTER_FIRST.fullmatch(value):
        return _iso(int(found[2]), 3 * int(found[1]) - 2, 1)
    if found := _ISO.fullmatch(value):
        return _iso(int(found[1]), int(found[3]), int(found[4]))
    if found := _CHINESE.fullmatch(value):
        return _iso(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    if found := _SECONDS.fullmatch(value):
        seconds = int(found[1]) / (1000 if len(found[1]) > 10 else 1)
        return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()
    if found := _NUMERIC.fullmatch(value):
        return _in_order(found, order)
    return _in_words(value)


class UnreadDates:
    """Counts the dates that cannot be read, and keeps the first.

    Attributes
    ----------
    n : int
        All of them, with those that `theta.corpus.date_order.OrderFinder` reports.
    """

    def __init__(self) -> None:
        self.n = self._n_noted = self._n_excel = 0
        self._first: tuple[int, str] | None = None

    def to_json(self) -> list[Any]:
        """Return what `from_json` reads."""
        return [self.n, self._n_noted, self._n_excel, self._first]

    @classmethod
    def from_json(cls, record: Sequence[Any]) -> UnreadDates:
        """Return the counts that `to_json` wrote."""
        found = cls()
        found.n, found._n_noted, found._n_excel, first = record
        found._first = None if first is None else (first[0], first[1])
        return found

    def __iadd__(self, other: UnreadDates) -> UnreadDates:
        self.n += other.n
        self._n_noted += other._n_noted
        self._n_excel += other._n_excel
        self._first = min(filter(None, (self._first, other._first)), default=None)
        return self

    def add(
        self, table: Mapping[str, Sequence[Any]], rows: Sequence[int], days: Sequence[str | None]
    ) -> None:
        """Add the unread dates of some rows.

        Parameters
        ----------
        table : mapping
            The columns ``file``, ``line`` and ``time``, as written.
        rows : sequence of int
            Their numbers among all rows, ascending.
        days : sequence of (str or None)
            The dates as read.
        """
        for row, file, line, value, day in zip(
            rows, table["file"], table["line"], table["time"], days, strict=True
        ):
            if day is not None or value is None:
                continue
            self.n += 1
            # `OrderFinder` reports three numbers that are no date in the requested order.
            if orders_of(value.strip()) is not None:
                continue
            self._n_noted += 1
            self._n_excel += _EXCEL_DAY.fullmatch(value.strip()) is not None
            self._first = self._first or (row, f"{value!r} ({file}, line {line})")

    def notes(self, column: str, n_docs: int) -> list[str]:
        """Return a note on the dates of a column with the way out, if many cannot be read."""
        if self._n_noted <= _MUCH * n_docs or self._first is None:
            return []
        fix = "write them as 2021, 2021-Q1, 2021-03 or 2021-03-15"
        if self._n_excel > self._n_noted / 2:
            fix = (
                "they look like the day numbers of Excel: format the cells as dates there and save "
                "the file again"
            )
        return [
            f"{self._n_noted:,} dates in the column {column!r} cannot be read, the first is "
            f"{self._first[1]}; these documents have no date: {fix}"
        ]


def _in_order(match: re.Match[str], order: str) -> str | None:
    numbers = dict(zip(order, (match[1], match[3], match[4]), strict=True))
    year = int(numbers["y"])
    if len(numbers["y"]) == 1 or len(numbers["d"]) > 2:
        return None
    if len(numbers["y"]) == 2:
        year += 1900 if year >= _PIVOT else 2000
    return _iso(year, int(numbers["m"]), int(numbers["d"]))


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime(year, month, day).date().isoformat()
    except ValueError:
        return None


def _in_words(value: str) -> str | None:
    """Read a date such as ``3 May 2020``, if it has a year and a month."""
    from dateutil import parser

    parsed = set()
    # The parser takes missing parts from a default. If the result depends on the default's year
    # or month, the date has none of its own.
    for default in (datetime(2000, 1, 1), datetime(2001, 2, 1)):
        try:
            parsed.add(parser.parse(value, default=default).date())
        except (ValueError, OverflowError, TypeError):
            return None
    return parsed.pop().isoformat() if len(parsed) == 1 else None
