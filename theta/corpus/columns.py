"""Which column is what, and the rows of a table as documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.corpus.read import Row, Table, Wanted
from theta.corpus.split import NAMES, UNGIVEN
from theta.corpus.text_column import find_text, listed
from theta.errors import InvalidOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

LABEL_COLUMNS = ("label", "category", "标签", "类别")
TIME_COLUMNS = ("year", "timestamp", "date", "年份", "日期", "时间")
ID_COLUMN = "id"
SPLIT_COLUMN = "split"
COVARIATE_PREFIX = "cov_"

_MISSING = frozenset(
    {"", "nan", "none", "null", "na", "n/a", "<na>", "nat"}
    | {"#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!"}
)
"""What spreadsheets and data frames write for a value that is not there."""

_LONGEST_MISSING = max(map(len, _MISSING))


@dataclass(frozen=True)
class AskedColumns:
    """The columns that a user asks for: by name, by number from 1, or not at all.

    Attributes
    ----------
    text, label, time : str or None
    sheet : str, optional
        Of a workbook.
    """

    text: str | None = None
    label: str | None = None
    time: str | None = None
    sheet: str | None = None

    @property
    def wanted(self) -> Wanted:
        """What the header of a file is found by."""
        asked = [name for name in (self.text, self.label, self.time) if name is not None]
        names = {name.casefold() for name in asked if not name.isdecimal()}
        by_name = self.text is not None and not self.text.isdecimal()
        if not by_name:
            names |= Wanted().names
        if any(name.isdecimal() for name in asked):
            names |= {*LABEL_COLUMNS, *TIME_COLUMNS, ID_COLUMN, SPLIT_COLUMN}
        return Wanted(
            names=frozenset(names),
            surely=by_name,
            by_position=any(name.isdecimal() for name in asked),
            sheet=self.sheet,
        )


@dataclass(frozen=True)
class Columns:
    """The positions of a table's columns by what they are; None where there is none.

    Attributes
    ----------
    names : tuple of str
    text : int
    label, time, id, split : int or None
    others : tuple of int
        All columns but the text, in their order.
    notes : tuple of str
        What a user should know of the choice, one line each.
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
        """Return the name of the column that was taken for each purpose."""
        taken = {
            "text": self.text,
            "label": self.label,
            "time": self.time,
            "id": self.id,
            "split": self.split,
        }
        return {key: None if at is None else self.names[at] for key, at in taken.items()}


def find_columns(table: Table, asked: AskedColumns, sample: Sequence[Row]) -> Columns:
    """Return what each column is.

    A column that was asked for must be there. Otherwise the documented names are looked for in
    their order, letter case aside; without one, the one column that holds texts is taken.

    Parameters
    ----------
    table : Table
    asked : AskedColumns
    sample : sequence of Row
        Some of its rows.

    Raises
    ------
    InvalidOption
        If a column that was asked for, or any text column, is not there, or two have its name:
        lists what is.
    """
    names = table.columns
    if not names:
        raise InvalidOption(f"{table.name} is empty: it has no header and no rows")
    notes = _repeated_names(table)
    text = _asked(table, "text", asked.text)
    if text is None:
        text, told = find_text(table, sample)
        notes += told
    label = _asked(table, "label", asked.label)
    time = _asked(table, "time", asked.time)
    return Columns(
        names=tuple(names),
        text=text,
        label=_usual(names, LABEL_COLUMNS) if label is None else label,
        time=_usual(names, TIME_COLUMNS) if time is None else time,
        id=_usual(names, (ID_COLUMN,)),
        split=_usual(names, (SPLIT_COLUMN,)),
        others=tuple(at for at in range(len(names)) if at != text),
        notes=tuple(notes),
    )


def _asked(table: Table, purpose: str, asked: str | None) -> int | None:
    """Return the place of a column by its name or number; None if none is asked for."""
    if asked is None:
        return None
    names = table.columns
    if asked in names:
        return names.index(asked)
    flag = f"--{purpose}_column"
    if asked.isdecimal():
        if 1 <= int(asked) <= len(names):
            return int(asked) - 1
        raise InvalidOption(f"{flag} {asked}: {table.name} has the columns 1 to {len(names)}")
    raise InvalidOption(f"{table.name} has no column {asked!r} ({flag}); found {listed(names)}")


def _usual(names: Sequence[str], usual: Sequence[str]) -> int | None:
    folded = [name.casefold() for name in names]
    return next((folded.index(name) for name in usual if name in folded), None)


def _repeated_names(table: Table) -> list[str]:
    """Return notes on columns that share a name."""
    raw = [name.strip() for name in table.header]
    notes = []
    for name in dict.fromkeys(raw):
        at = [place for place, other in enumerate(raw) if other == name]
        if name and len(at) > 1:
            others = ", ".join(repr(table.columns[place]) for place in at[1:])
            notes.append(
                f"{table.name}: {len(at)} columns are named {name!r}; all but the first are called "
                f"{others}"
            )
    return notes


def present(value: str) -> str | None:
    """Return a value without surrounding space, or None if it says that there is none.

    Empty cells are missing, and so are the words that spreadsheets and data frames write for
    them (``NaN``, ``None``, ``null``, ``#N/A``, ...).
    """
    value = value.strip()
    missing = len(value) <= _LONGEST_MISSING and value.casefold() in _MISSING
    return None if missing else value


def read_covariate(values: Sequence[str]) -> NDArray[Any]:
    """Return a covariate: numbers if all values that are present are numbers, else levels."""
    try:
        return np.array([read_number(value) for value in values])
    except ValueError:
        return read_levels(values)


def read_number(value: str) -> float:
    """Return a number, NaN where there is none; `ValueError` if the value is something else."""
    found = present(value)
    return float("nan") if found is None else float(found)


def read_levels(values: Sequence[str]) -> NDArray[np.str_]:
    """Return the levels of a category; a value that is not there is the level of no name."""
    return np.array([present(value) or "" for value in values], dtype=np.str_)


def split_code(table: str, line: int, value: str) -> int:
    """Return the code of what a split column says of one document.

    Raises
    ------
    InvalidOption
        If it says something else than train, validation or test.
    """
    name = present(value)
    if name is None:
        return UNGIVEN
    code = NAMES.get(name.casefold())
    if code is None:
        raise InvalidOption(
            f"{table}, line {line}: the split column says {value!r}; it may say "
            f"{', '.join(NAMES)}, or nothing; rename the column if it means something else"
        )
    return int(code)
