"""The columns of a corpus as variables of a formula: numbers, or levels with a reference."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Corpus
from theta.effects.covariate_values import (
    is_empty,
    is_numeric,
    read_numbers,
    refuse_written_numbers,
)
from theta.effects.covariates import OTHER
from theta.errors import InvalidOption

COVARIATE_PREFIX = "cov_"

LABEL, DATE, YEAR = "label", "date", "year"
"""Columns of a formula that are not covariates: the label, and the date in (whole) years."""

MAX_LEVELS = 100
"""More levels than anybody reads; each is a column of the design matrix."""


@dataclass(frozen=True)
class Variable:
    """A column of the data, at the documents that are analysed.

    Attributes
    ----------
    name : str
    values : (n_rows,) float64 or str
    levels : tuple of str, optional
        The reference, which is the most frequent level, and then the others in order; None for a
        number.
    """

    name: str
    values: NDArray[Any]
    levels: tuple[str, ...] | None = None


def columns_of(corpus: Corpus) -> dict[str, NDArray[Any]]:
    """Return what a formula can name, one value per document.

    Covariates under their name and without ``cov_``, ``label``, ``date`` (in years, such as 2021.5)
    and ``year``. A covariate ``cov_year`` takes precedence over the year of the date; ``label`` and
    ``date`` take precedence over covariates of these names, which keep their full name.
    """
    columns: dict[str, NDArray[Any]] = {}
    if corpus.times is not None:
        columns[YEAR] = _years(corpus.times, whole=True)
    for name, values in corpus.covariates.items():
        columns[name] = values
        columns[name.removeprefix(COVARIATE_PREFIX)] = values
    if corpus.labels is not None:
        names = np.array([*corpus.labels.names, ""])
        codes = np.where(corpus.labels.codes == UNLABELLED, len(names) - 1, corpus.labels.codes)
        columns[LABEL] = names[codes]
    if corpus.times is not None:
        columns[DATE] = _years(corpus.times, whole=False)
    return columns


def _years(times: NDArray[np.datetime64], *, whole: bool) -> NDArray[np.float64]:
    """Return dates in years; NaN for a missing date."""
    first = times.astype("datetime64[Y]")
    known = ~np.isnat(times)
    years = np.where(known, first.astype(np.int64) + 1970.0, np.nan)
    if whole:
        return years
    day = (times - first.astype("datetime64[D]")).astype(np.float64)
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(float)
    return np.where(known, years + day / length, np.nan)


def date_of(years: float) -> np.datetime64:
    """Return the day of a date in years."""
    first = np.datetime64(f"{int(years):04d}", "Y")
    start, end = first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]")
    n_days = int((end - start).astype(int))
    return start + np.timedelta64(round((years % 1) * n_days), "D")


def read_variables(
    columns: Mapping[str, NDArray[Any]],
    others: Mapping[str, NDArray[Any]],
    categories: Collection[str],
    pool_below: int,
) -> tuple[dict[str, Variable], NDArray[np.intp], list[str]]:
    """Return the variables of a formula, the documents that have them all, and notes.

    Parameters
    ----------
    columns : mapping of str to (n_docs,) array
    others : mapping of str to (n_docs,) array
        Further columns that must not be missing.
    categories : collection of str
        Numeric columns to read as levels.
    pool_below : int
        Levels with fewer documents are pooled into `OTHER`.

    Raises
    ------
    InvalidOption
        If a column is empty, constant, has too many levels, or holds numbers that are not read.
    """
    numeric = {name: name != LABEL and is_numeric(values) for name, values in columns.items()}
    missing: dict[str, NDArray[np.bool_]] = {}
    notes: list[str] = []
    for name, values in {**columns, **others}.items():
        if is_empty(values):
            raise InvalidOption(f"{name} is empty in all documents: leave it out of the formula")
        if numeric.get(name, False):
            missing[name] = ~np.isfinite(read_numbers(values))
        elif np.issubdtype(values.dtype, np.number):
            missing[name] = np.isnan(values)
        else:
            missing[name] = values.astype(str) == ""
            if name in columns:
                refuse_written_numbers(name, values.astype(str))
    complete = ~np.logical_or.reduce(list(missing.values()))
    rows = np.flatnonzero(complete)
    if not complete.all():
        notes.append(_missing_note(missing, columns, len(complete), int((~complete).sum())))
    if not len(rows):
        raise InvalidOption(
            f"no document has a value in all of {', '.join(missing)}: leave a column out"
        )
    variables = {}
    for name, values in columns.items():
        if numeric[name]:
            numbers = read_numbers(values)[rows]
            _refuse_constant(name, numbers)
            levels = tuple(f"{v:.10g}" for v in np.unique(numbers)) if name in categories else None
            if levels is None:
                variables[name] = Variable(name, numbers)
                continue
            texts = np.array([f"{v:.10g}" for v in numbers])
            variables[name] = _with_levels(name, texts, 1, notes, order=levels)
        else:
            texts = values.astype(str)[rows]
            _refuse_constant(name, texts)
            variables[name] = _with_levels(name, texts, pool_below, notes)
    return variables, rows, notes


def _missing_note(
    missing: Mapping[str, NDArray[np.bool_]],
    columns: Mapping[str, NDArray[Any]],
    n_docs: int,
    n_dropped: int,
) -> str:
    parts = []
    for name, away in missing.items():
        if not away.any():
            continue
        values = columns.get(name)
        written = []
        if values is not None and not np.issubdtype(values.dtype, np.number):
            written = sorted({str(v) for v in values[away].tolist()} - {""})
        shown = f", such as {written[0]!r}" if written else ""
        parts.append(f"{name} ({int(away.sum()):,}{shown})")
    return (
        f"{n_dropped:,} of {n_docs:,} documents have no value in {', '.join(parts)}: they are left "
        "out of the regression"
    )


def _refuse_constant(name: str, values: NDArray[Any]) -> None:
    if len(np.unique(values)) < 2:
        raise InvalidOption(
            f"{name} is {values[0]!s} in all {len(values):,} documents of the regression: leave it "
            "out of the formula"
        )


def _with_levels(
    name: str,
    texts: NDArray[Any],
    pool_below: int,
    notes: list[str],
    order: tuple[str, ...] = (),
) -> Variable:
    levels, counts = np.unique(texts, return_counts=True)
    rare = counts < pool_below
    if rare.all():
        raise InvalidOption(
            f"{name} has {len(levels):,} levels, none in at least {pool_below} documents "
            "(--pool_below): group them in the data, or leave the column out"
        )
    if rare.sum() == 1:
        if counts[rare][0] == 1:
            raise InvalidOption(
                f"{name} has the level {str(levels[rare][0])!r} in one document only: merge it "
                "with another in the data, or empty the cell, which leaves the document out"
            )
        rare[:] = False  # pooled alone it would be as rare as before
    if rare.any():
        n_pooled = int(counts[rare].sum())
        notes.append(
            f"{name}: {int(rare.sum())} of {len(levels)} levels have fewer than {pool_below} "
            f"documents (--pool_below); their {n_pooled} documents are pooled as {OTHER}"
        )
        texts = np.where(np.isin(texts, levels[rare]), OTHER, texts)
        levels, counts = np.unique(texts, return_counts=True)
    if len(levels) > MAX_LEVELS:
        raise InvalidOption(
            f"{name} has {len(levels):,} levels, more than {MAX_LEVELS}: group them in the data, "
            "pool the rare ones with a larger --pool_below, or, if they are only sources of "
            f"dependence, use --cluster {name}"
        )
    reference = str(levels[counts.argmax()])
    known = list(order) if order else sorted(map(str, levels))
    if order:
        return Variable(name, texts, tuple(known))
    return Variable(name, texts, (reference, *(level for level in known if level != reference)))
