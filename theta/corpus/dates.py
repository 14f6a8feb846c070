"""Times as users write them, as ISO dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone
from functools import lru_cache

_YEAR = re.compile(r"(\d{4})(?:\.0+)?")
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")
_ISO = re.compile(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?![\d])(?:[T ].*)?", re.DOTALL)
_CHINESE = re.compile(r"(\d{4})\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*[日号])?)?.*", re.DOTALL)
_SECONDS = re.compile(r"(\d{9,10}|\d{12,13})(?:\.\d+)?")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")


def day_comes_first(values: Iterable[str]) -> bool | None:
    """Tell whether dates such as 03/05/2020 name the day first; None if nothing shows it.

    A first number over 12 is a day, a second number over 12 shows that the month comes first.
    Dates with dots name the day first.
    """
    for value in values:
        if found := _NUMERIC.match(value.strip()):
            if int(found[1]) > 12 or found[2] == ".":
                return True
            if int(found[3]) > 12:
                return False
    return None


@lru_cache(maxsize=100_000)
def parse_date(value: str, day_first: bool = False) -> str | None:
    """Return the ISO date (``YYYY-MM-DD``) of a year, a date or a time; None if it has none.

    A year stands for its first of January, a month for its first day. Seconds and milliseconds
    since 1970 are read as UTC.

    Parameters
    ----------
    value : str
    day_first : bool
        Read 03/05/2020 as the third of May.
    """
    value = value.strip()
    if found := _YEAR.fullmatch(value):
        return _iso(int(found[1]), 1, 1)
    if found := _YEAR_MONTH.fullmatch(value):
        return _iso(int(found[1]), int(found[2]), 1)
    if found := _ISO.fullmatch(value):
        return _iso(int(found[1]), int(found[3]), int(found[4]))
    if found := _CHINESE.fullmatch(value):
        return _iso(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    if found := _SECONDS.fullmatch(value):
        seconds = int(found[1]) / (1000 if len(found[1]) > 10 else 1)
        return datetime.fromtimestamp(seconds, timezone.utc).date().isoformat()
    return _in_words(value, day_first)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime(year, month, day).date().isoformat()
    except ValueError:
        return None


def _in_words(value: str, day_first: bool) -> str | None:
    """Read a date such as ``3 May 2020`` or ``05/03/2020``, if it says its year and month."""
    from dateutil import parser

    parsed = set()
    # The parser fills what is missing from a default: a date that depends on the default's
    # year or month does not say its own.
    for default in (datetime(2000, 1, 1), datetime(2001, 2, 1)):
        try:
            parsed.add(parser.parse(value, default=default, dayfirst=day_first).date())
        except (ValueError, OverflowError, TypeError):
            return None
    return parsed.pop().isoformat() if len(parsed) == 1 else None
