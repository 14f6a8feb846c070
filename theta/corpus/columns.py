"""Which column is what, and the rows of a table as documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.corpus.split import NAMES, UNGIVEN
from theta.errors import InvalidOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

TEXT_COLUMNS = ("text", "content", "cleaned_content", "clean_text")
LABEL_COLUMNS = ("label", "category")
TIME_COLUMNS = ("year", "timestamp", "date")
ID_COLUMN = "id"
SPLIT_COLUMN = "split"
COVARIATE_PREFIX = "cov_"

_MISSING = frozenset({"", "nan", "none", "null", "na", "n/a", "#n/a", "<na>", "nat"})
"""What spreadsheets and data frames write for a value that is not there."""


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
    """

    names: tuple[str, ...]
    text: int
    label: int | None
    time: int | None
    id: int | None
    split: int | None
    others: tuple[int, ...]

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


def find_columns(
    table: str,
    names: Sequence[str],
    text_column: str | None,
    label_column: str | None,
    time_column: str | None,
) -> Columns:
    """Return what each column is.

    A column that was asked for must be there. Otherwise the documented names are looked for in
    their order, letter case aside.

    Raises
    ------
    InvalidOption
        If a column that was asked for, or any text column, is not there: lists what is.
    """
    if not names:
        raise InvalidOption(f"{table} is empty: it has no header and no rows")
    text = _find(table, names, "text", text_column, TEXT_COLUMNS)
    if text is None:
        raise InvalidOption(
            f"{table} has no text column: looked for {', '.join(TEXT_COLUMNS)}, "
            f"found {_listed(names)}; name it with --text_column"
        )
    return Columns(
        names=tuple(names),
        text=text,
        label=_find(table, names, "label", label_column, LABEL_COLUMNS),
        time=_find(table, names, "time", time_column, TIME_COLUMNS),
        id=_find(table, names, "id", None, (ID_COLUMN,)),
        split=_find(table, names, "split", None, (SPLIT_COLUMN,)),
        others=tuple(at for at in range(len(names)) if at != text),
    )


def _find(
    table: str, names: Sequence[str], purpose: str, asked: str | None, usual: Sequence[str]
) -> int | None:
    if asked is not None:
        if asked not in names:
            raise InvalidOption(
                f"{table} has no column {asked!r} (--{purpose}_column); found {_listed(names)}"
            )
        return list(names).index(asked)
    folded = [name.casefold() for name in names]
    return next((folded.index(name) for name in usual if name in folded), None)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def present(value: str) -> str | None:
    """Return a value without surrounding space, or None if it says that there is none.

    Empty cells are missing, and so are the words that spreadsheets and data frames write for
    them (``NaN``, ``None``, ``null``, ``#N/A``, ...).
    """
    value = value.strip()
    return None if len(value) < 5 and value.casefold() in _MISSING else value


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
