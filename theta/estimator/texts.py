"""Checks of texts and their metadata passed from Python."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.corpus.columns import COVARIATE_PREFIX, present, read_levels, read_number
from theta.errors import InvalidOption

Column = Sequence[str | None]


def checked_texts(X: Any) -> list[str]:
    """Return texts as the file readers do: stripped, and empty where they are missing."""
    if isinstance(X, (str, bytes)) or not hasattr(X, "__len__") or getattr(X, "ndim", 1) != 1:
        raise InvalidOption(
            f"X must be a sequence of texts, not {type(X).__name__}: a list, an array, or a column "
            "of a data frame"
        )
    texts = list(X)
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidOption(
                f"X must hold texts; item {row} is of the type {type(text).__name__}: leave "
                "it out, or write '' for a missing text"
            )
    return [present(text) or "" for text in texts]


def checked_labels(y: Any, n_texts: int) -> list[str | None]:
    """Return labels as strings; None where there is none."""
    if y is None:
        raise InvalidOption("mode='supervised' needs labels: fit(X, y)")
    return _column("y", y, n_texts)


def checked_times(times: Any, n_texts: int) -> list[str | None]:
    """Return dates as ISO strings; None where there is none."""
    dates: list[str | None] = []
    for row, value in enumerate(_column("times", times, n_texts)):
        try:
            day = np.datetime64("NaT" if value is None else value, "D")
        except ValueError as error:
            raise InvalidOption(
                f"times: item {row} is {value!r}; dates are datetime, numpy.datetime64 or "
                "YYYY-MM-DD"
            ) from error
        dates.append(None if np.isnat(day) else str(day))
    return dates


def checked_covariates(covariates: Any, n_texts: int) -> dict[str, list[str | None]]:
    """Return covariates as strings, by their column names in a file: ``cov_...``."""
    if not hasattr(covariates, "items"):
        raise InvalidOption(
            "covariates must be a mapping of a name to its values, or a data frame: "
            "covariates={'party': [...]}"
        )
    columns = {}
    for name, values in covariates.items():
        column = name if str(name).startswith(COVARIATE_PREFIX) else f"{COVARIATE_PREFIX}{name}"
        columns[column] = _column(f"covariates[{name!r}]", values, n_texts)
    return columns


def covariate_values(
    covariates: Mapping[str, Column],
    are_numbers: Mapping[str, bool],
    may_miss: Collection[str],
) -> dict[str, NDArray[Any]]:
    """Return the covariates that a model was trained with, read with the types they had then.

    Parameters
    ----------
    covariates : mapping of str to sequence of (str or None)
        Result of `checked_covariates`.
    are_numbers : mapping of str to bool
        Whether each covariate holds numbers (or else levels), by name.
    may_miss : collection of str
        Numeric covariates that may be missing; they are NaN.

    Raises
    ------
    InvalidOption
        If a covariate is missing, or another numeric one has a value that is not a number.
    """
    covariate: dict[str, NDArray[Any]] = {}
    for name, is_number in are_numbers.items():
        if name not in covariates:
            names = ", ".join(covariates) or "none"
            raise InvalidOption(
                f"covariates: {name} is missing, which fit used; there are: {names}"
            )
        values = [value or "" for value in covariates[name]]
        if not is_number:
            covariate[name] = read_levels(values)
            continue
        covariate[name] = numbers = np.full(len(values), np.nan)
        for row, value in enumerate(values):
            with suppress(ValueError):
                numbers[row] = read_number(value)
            if not np.isfinite(numbers[row]):
                if name in may_miss:
                    numbers[row] = np.nan
                    continue
                raise InvalidOption(f"covariates: {name} needs numbers; item {row} is {value!r}")
    return covariate


def _column(name: str, values: Any, n_texts: int) -> list[str | None]:
    column = list(values)
    if len(column) != n_texts:
        raise InvalidOption(f"{name} has {len(column)} values for {n_texts} texts")
    return [None if value is None or value != value else str(value) for value in column]
