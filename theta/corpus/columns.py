"""The roles of columns, and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.corpus.read import Row, Table, Wanted
from theta.corpus.split import NAMES, UNASSIGNED
from theta.corpus.text_column import find_text, listed
from theta.errors import InvalidOption

LABEL_COLUMNS = ("label", "category", "标签", "类别")
TIME_COLUMNS = ("year", "timestamp", "date", "年份", "日期", "时间")
ID_COLUMN = "id"
SPLIT_COLUMN = "split"
COVARIATE_PREFIX = "cov_"

_MISSING = frozenset(
    {"", "nan", "none", "null", "na", "n/a", "<na>", "nat"}
    | {"#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!"}
)
"""What spreadsheets and data frames write for a missing value."""

_LONGEST_MISSING = max(map(len, _MISSING))


@dataclass(frozen=True)
class RequestedColumns:
    """The columns that a user names: by name, by number from 1, or not at all.

    Attributes
    ----------
    text, label, time : str or None
    sheet : str, optional
        Sheet of a workbook.
    """

    text: str | None = None
    label: str | None = None
    time: str | None = None
    sheet: str | None = None

    @property
    def wanted(self) -> Wanted:
        """How to find the header of a file."""
        named = [name for name in (self.text, self.label, self.time) if name is not None]
        names = {name.casefold() for name in named if not name.isdecimal()}
        by_name = self.text is not None and not self.text.isdecimal()
        if not by_name:
            names |= Wanted().names
        if any(name.isdecimal() for name in named):
            names |= {*LABEL_COLUMNS, *TIME_COLUMNS, ID_COLUMN, SPLIT_COLUMN}
        return Wanted(
            names=frozenset(names),
            surely=by_name,
            by_position=any(name.isdecimal() for name in named),
            sheet=self.sheet,
        )


@dataclass(frozen=True)
class Columns:
    """The positions of a table's columns by role; None for roles without a column.

    Attributes
    ----------
    names : tuple of str
    text : int
    label, time, id, split : int or None
    others : tuple of int
        All columns except the text, in order.
    notes : tuple of str
        Notes for the user on the choice, one line each.
    """

    names: tuple[str, ...]
    text: int
    label: int | None
    time: int | None
    id: int | None
    split: int | None
    others: tuple[int, ...]
    notes: tuple[str, ...] = ()

    def described(self) -> dict[str, str | None]:
        """Return the name of the column of each role."""
        by_role = {
            "text": self.text,
            "label": self.label,
            "time": self.time,
            "id": self.id,
            "split": self.split,
        }
        return {key: None if at is None else self.names[at] for key, at in by_role.items()}


def find_columns(table: Table, requested: RequestedColumns, sample: Sequence[Row]) -> Columns:
    """Return the roles of the columns of a table.

    A column that the user names must exist. Otherwise the documented names are tried in order,
    ignoring case; if there is none for the text, the only column that holds texts is used.

    Parameters
    ----------
    table : Table
    requested : RequestedColumns
    sample : sequence of Row
        Some of its rows.

    Raises
    ------
    InvalidOption
        If a named column or the text column is missing, two have its name, or the text column is
        named as label or time; the message lists the columns.
    """
    names = table.columns
    if not names:
        raise InvalidOption(f"{table.name} is empty: it has no header and no rows")
    notes = _repeated_names(table)
    text = _requested(table, "text", requested.text)
    if text is None:
        text, text_notes = find_text(table, sample)
        notes += text_notes
    label = _requested(table, "label", requested.label)
    time = _requested(table, "time", requested.time)
    for role, at in (("label", label), ("time", time)):
        if at == text:
            others = listed([name for name in names if name != names[text]])
            raise InvalidOption(
                f"--{role}_column {names[text]}: the texts of {table.name} are in this column; "
                f"name another column (the others are {others or 'none'})"
            )
    return Columns(
        names=tuple(names),
        text=text,
        label=_usual(names, LABEL_COLUMNS, text) if label is None else label,
        time=_usual(names, TIME_COLUMNS, text) if time is None else time,
        id=_usual(names, (ID_COLUMN,), text),
        split=_usual(names, (SPLIT_COLUMN,), text),
        others=tuple(at for at in range(len(names)) if at != text),
        notes=tuple(notes),
    )


def _requested(table: Table, role: str, column: str | None) -> int | None:
    """Return the position of a column given by name or number; None if none is given."""
    if column is None:
        return None
    names = table.columns
    if column in names:
        return names.index(column)
    flag = f"--{role}_column"
    if column.isdecimal():
        if 1 <= int(column) <= len(names):
            return int(column) - 1
        raise InvalidOption(f"{flag} {column}: {table.name} has the columns 1 to {len(names)}")
    raise InvalidOption(
        f"{table.name} has no column {column!r} ({flag}); its columns are {listed(names)}"
    )


def _usual(names: Sequence[str], usual: Sequence[str], text: int) -> int | None:
    """Return the position of the first of the usual names, except the column of the texts."""
    folded = ["" if at == text else name.casefold() for at, name in enumerate(names)]
    return next((folded.index(name) for name in usual if name in folded), None)


def _repeated_names(table: Table) -> list[str]:
    """Return notes on columns that share a name."""
    raw = [name.strip() for name in table.header]
    notes = []
    for name in dict.fromkeys(raw):
        at = [position for position, other in enumerate(raw) if other == name]
        if name and len(at) > 1:
            others = ", ".join(repr(table.columns[position]) for position in at[1:])
            notes.append(
                f"{table.name}: {len(at)} columns are named {name!r}; all but the first are called "
                f"{others}"
            )
    return notes


def present(value: str) -> str | None:
    """Return a value without surrounding space, or None if it is missing.

    Empty cells are missing, and so are the words that spreadsheets and data frames write for
    them (``NaN``, ``None``, ``null``, ``#N/A``, ...).
    """
    value = value.strip()
    missing = len(value) <= _LONGEST_MISSING and value.casefold() in _MISSING
    return None if missing else value


def read_covariate(values: Sequence[str]) -> NDArray[Any]:
    """Return a covariate as numbers if all present values are numbers, or else as levels."""
    try:
        return np.array([read_number(value) for value in values])
    except ValueError:
        return read_levels(values)


def read_number(value: str) -> float:
    """Return a number, NaN for a missing one.

    Raises
    ------
    ValueError
        If the value is not a number.
    """
    number = present(value)
    return float("nan") if number is None else float(number)


def read_levels(values: Sequence[str]) -> NDArray[np.str_]:
    """Return the levels of a category; a missing value becomes the empty level."""
    return np.array([present(value) or "" for value in values], dtype=np.str_)


def split_code(table: str, line: int, value: str) -> int:
    """Return the split code of a value in a split column.

    Raises
    ------
    InvalidOption
        If the value is not train, validation or test.
    """
    name = present(value)
    if name is None:
        return UNASSIGNED
    code = NAMES.get(name.casefold())
    if code is None:
        raise InvalidOption(
            f"{table}, line {line}: the split column has {value!r}; allowed are "
            f"{', '.join(NAMES)} and empty; rename the column if it is not a split"
        )
    return int(code)
