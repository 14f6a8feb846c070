"""The order of day, month and year in a column of dates: each column has one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from theta.corpus.dates import DEFAULT_ORDER, orders_of, parse_date
from theta.errors import InvalidOption
from theta.options.prepare import DATE_ORDERS

_IN_WORDS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}


class _Example(NamedTuple):
    location: str
    value: str


class DateOrder(NamedTuple):
    """The order of the dates of a column.

    Attributes
    ----------
    order : {"dmy", "mdy", "ymd"}
    how : str
        The order in words and a date that shows it; empty if the user named the order, or no date
        shows one.
    notes : list of str
        Notes for the user, one line each.
    """

    order: str
    how: str
    notes: list[str]


class OrderFinder:
    """Finds the order of day, month and year in the dates of a column.

    Each date of three numbers allows some orders: 13/04/2021 day first, 06/25/2021 month first,
    05/01/2021 both. The order of the column is the one that all its dates allow.
    """

    def __init__(self) -> None:
        self._examples: dict[frozenset[str], _Example] = {}
        self._misfits: dict[str, int] = dict.fromkeys(DATE_ORDERS, 0)
        self._first_misfit: dict[str, _Example] = {}

    def add(self, file: str, lines: Iterable[int], values: Iterable[str]) -> None:
        """Add the dates of some rows."""
        for line, value in zip(lines, values, strict=True):
            orders = orders_of(value.strip())
            if orders is None:
                continue
            example = _Example(f"{file}, line {line}", value.strip())
            if orders.natural:
                self._examples.setdefault(orders.natural, example)
            for order in orders.misfit:
                self._misfits[order] += 1
                self._first_misfit.setdefault(order, example)

    def __iadd__(self, other: OrderFinder) -> OrderFinder:
        """Add the evidence of rows that come after these."""
        for natural, example in other._examples.items():
            self._examples.setdefault(natural, example)
        for order, n in other._misfits.items():
            self._misfits[order] += n
        for order, example in other._first_misfit.items():
            self._first_misfit.setdefault(order, example)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as a JSON-ready mapping."""
        return {
            "examples": [[sorted(natural), *one] for natural, one in self._examples.items()],
            "misfits": self._misfits,
            "first_misfit": {order: [*one] for order, one in self._first_misfit.items()},
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> OrderFinder:
        """Return the evidence of a record."""
        finder = cls()
        finder._examples = {
            frozenset(natural): _Example(*one) for natural, *one in record["examples"]
        }
        finder._misfits = dict(record["misfits"])
        finder._first_misfit = {o: _Example(*one) for o, one in record["first_misfit"].items()}
        return finder

    def decide(self, column: str, requested: str) -> DateOrder:
        """Return the order, how it was found, and notes for the user.

        Parameters
        ----------
        column : str
        requested : str
            An order, or ``auto``.

        Raises
        ------
        InvalidOption
            With ``auto``, if no order fits all dates.
        """
        if requested != "auto":
            return DateOrder(requested, "", self._misfits_of(requested, column))
        possible = frozenset(DATE_ORDERS).intersection(*self._examples)
        if not possible:
            raise InvalidOption(self._contradiction(column))
        if len(possible) == 1:
            (order,) = possible
            return DateOrder(order, self._evidence(order), [])
        if not self._examples:
            return DateOrder(DEFAULT_ORDER, "", [])
        example = next(iter(self._examples.values()))
        readings = " or ".join(
            f"{parse_date(example.value, order)} ({_IN_WORDS[order]}: --date_order {order})"
            for order in DATE_ORDERS
            if order in possible
        )
        note = (
            f"the dates in the column {column!r} do not show their order: {example.value!r} "
            f"({example.location}) is {readings}; reading them {_IN_WORDS[DEFAULT_ORDER]}"
        )
        return DateOrder(DEFAULT_ORDER, "", [note])

    def _evidence(self, order: str) -> str:
        """Return which date shows the order; the rarer one of several that do together."""
        natural = min(self._examples, key=len)
        example = self._examples[natural]
        return f"{_IN_WORDS[order]}, as {example.value!r} ({example.location}) shows"

    def _misfits_of(self, order: str, column: str) -> list[str]:
        if not self._misfits[order]:
            return []
        first = self._first_misfit[order]
        return [
            f"{self._misfits[order]:,} dates in the column {column!r} cannot be read "
            f"{_IN_WORDS[order]} (--date_order {order}), the first is {first.value!r} "
            f"({first.location}); these documents have no date"
        ]

    def _contradiction(self, column: str) -> str:
        examples = list(self._examples.items())
        pair = next(
            (
                (a, b)
                for at, (first, a) in enumerate(examples)
                for second, b in examples[at + 1 :]
                if not first & second
            ),
            (examples[0][1], examples[-1][1]),
        )
        conflict = " and ".join(f"{one.value!r} ({one.location})" for one in pair)
        return (
            f"the dates in the column {column!r} have no common order: {conflict}; correct them, "
            "or choose --date_order dmy, mdy or ymd, which leaves out dates that do not fit"
        )
