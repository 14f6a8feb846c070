"""The cells of a covariate: number or category, missing or malformed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.errors import InvalidOption

_NUMERIC_SHARE = 0.5
"""A column is numeric if more than this share of its non-empty cells are numbers."""

_CELLS_SHOWN = 5

_WRITTEN_NUMBER = re.compile(r"[-+]?[$€£¥]? ?[-+]?\d[\d.,' \u00a0\u202f]*[%$€£¥]?", re.ASCII)
"""A number with a decimal comma, separated thousands, a currency or a percent sign."""


def is_empty(values: NDArray[Any]) -> bool:
    """Return whether a covariate has no value in any document."""
    if np.issubdtype(values.dtype, np.number):
        return bool(np.isnan(values).all())
    return not (values.astype(str) != "").any()


def is_numeric(values: NDArray[Any]) -> bool:
    """Return whether most cells of a covariate are numbers."""
    if np.issubdtype(values.dtype, np.number):
        return not is_empty(values)
    n_filled = int((values.astype(str) != "").sum())
    n_numbers = int(np.isfinite(read_numbers(values)).sum())
    return n_numbers > _NUMERIC_SHARE * n_filled


def read_numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the cells of a covariate as numbers, NaN for other cells."""
    if np.issubdtype(values.dtype, np.number):
        return np.asarray(values, dtype=np.float64)
    numbers = np.full(len(values), np.nan)
    for row, value in enumerate(values.tolist()):
        with suppress(ValueError):
            numbers[row] = float(value)
    return numbers


def refuse_missing(name: str, values: NDArray[Any], ids: Sequence[str] | None = None) -> None:
    """Raise `InvalidOption` if a numeric covariate has a missing number.

    Parameters
    ----------
    name : str
    values : (n_docs,) array
    ids : sequence of str, optional
        Names of the documents; by default their row numbers, from 1.
    """
    missing = np.flatnonzero(~np.isfinite(read_numbers(values)))
    if not len(missing):
        return
    is_text = not np.issubdtype(values.dtype, np.number)
    shown = []
    for row in missing[:_CELLS_SHOWN].tolist():
        cell = str(values[row]) if is_text else ""
        document = str(row + 1) if ids is None else ids[row]
        shown.append(f"{document} ({cell!r})" if cell else f"{document} (empty)")
    if len(missing) > _CELLS_SHOWN:
        shown.append(f"and {len(missing) - _CELLS_SHOWN} more")
    raise InvalidOption(
        f"{name} has no number in {len(missing)} of {len(values)} documents: {', '.join(shown)}; "
        "correct these cells, leave the documents out of the training with --missing_covariates "
        "exclude, or, if the numbers are categories, write a letter before each"
    )


def refuse_written_numbers(name: str, values: NDArray[np.str_]) -> None:
    """Raise `InvalidOption` if a column of levels holds numbers that `float` does not read."""
    filled = values[values != ""]
    written = [value for value in filled.tolist() if _WRITTEN_NUMBER.fullmatch(value)]
    if len(written) <= _NUMERIC_SHARE * len(filled):
        return
    example = next(value for value in written if not np.isfinite(read_numbers(np.array([value]))))
    raise InvalidOption(
        f"{name} holds numbers that are not written as numbers, such as {example!r}: write digits "
        "with a decimal point and nothing else (1234.5), or, if they are categories, a letter "
        "before each"
    )
