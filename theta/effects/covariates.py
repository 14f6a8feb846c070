"""The design matrix of document covariates: numbers standardised, categories one-hot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.effects.covariate_values import (
    is_empty,
    is_numeric,
    read_numbers,
    refuse_missing,
    refuse_written_numbers,
)
from theta.errors import InvalidOption

DESIGN = "design"
"""Name of the `Design` in the state of a model."""

OTHER = "(other)"
"""The level that rare levels are pooled into."""

_DEPENDENT = 1e-8
"""A column is linearly dependent if its residual is below this share of its length."""


@dataclass(frozen=True)
class CovariateRules:
    """Treatment of missing numbers and rare levels.

    Attributes
    ----------
    exclude_missing : bool
        Exclude documents with a missing number from training, instead of raising an error.
    min_level_count : int
        Levels with fewer training documents are pooled.
    """

    exclude_missing: bool = False
    min_level_count: int = 1


@dataclass(frozen=True)
class Column:
    """A column of the design matrix other than the intercept.

    Attributes
    ----------
    covariate : str
    level : str, optional
        The category that the column indicates; None for a number.
    reference : str, optional
        The category without a column, to which effects are relative.
    mean, scale : float
        Training mean and standard deviation of a number, by which it is standardised; 0 and 1 for a
        category.
    average : float
        Training mean of the standardised column, used for unknown categories.
    pooled : tuple of str
        The rare levels that this column pools.
    fills_missing : bool
        Replace a missing number by the mean instead of raising an error.
    """

    covariate: str
    level: str | None = None
    reference: str | None = None
    mean: float = 0.0
    scale: float = 1.0
    average: float = 0.0
    pooled: tuple[str, ...] = ()
    fills_missing: bool = False

    @property
    def label(self) -> str:
        """The column in messages."""
        return self.covariate if self.level is None else f"{self.covariate} = {self.level!r}"

    def marks(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which values of the covariate have the level of this column."""
        return np.isin(values.astype(str), self.pooled or [str(self.level)])


@dataclass(frozen=True)
class Design:
    """How covariates become numbers: fitted on the training documents, then fixed.

    Attributes
    ----------
    columns : sequence of Column
    notes : sequence of str
        What the fit changed in the covariates, one line each.
    """

    columns: Sequence[Column]
    notes: Sequence[str] = field(default=(), compare=False)

    @classmethod
    def of_state(cls, state: Mapping[str, NDArray[Any]]) -> Design | None:
        """Return the design that a trained model keeps; None of a model without covariates."""
        return cls.from_array(state[DESIGN]) if DESIGN in state else None

    @classmethod
    def fit(
        cls, covariates: Mapping[str, NDArray[Any]], rules: CovariateRules | None = None
    ) -> Design:
        """Return the design of the training documents.

        The reference of a category is its most frequent level, the first by name of several.
        Constant and empty covariates get no column; rare levels are pooled into `OTHER`. Both are
        noted.

        Raises
        ------
        InvalidOption
            If a number is missing or written in a way that is not read, a category has a level
            per document, no covariate varies, or a column is a linear combination of others.
        """
        rules = rules or CovariateRules()
        columns: list[Column] = []
        notes: list[str] = []
        for name, values in covariates.items():
            if is_empty(values):
                notes.append(f"{name} is empty in all training documents: it is ignored")
                continue
            if is_numeric(values):
                new = _number_column(name, values, rules)
            else:
                refuse_written_numbers(name, values.astype(str))
                new = _level_columns(name, values.astype(str), rules, notes)
            if not new:
                notes.append(f"{name} is constant in the training documents and ignored")
            columns += new
        if not columns:
            raise InvalidOption(
                f"stm needs a covariate that varies between the training documents; these do not: "
                f"{', '.join(covariates)}"
            )
        design = cls(columns, notes)
        _refuse_dependent(design, covariates)
        return design

    def matrix(self, covariates: Mapping[str, NDArray[Any]], n_docs: int) -> NDArray[np.float64]:
        """Return the intercept and the columns of documents: (n_docs, 1 + n_columns).

        Raises
        ------
        InvalidOption
            If a covariate or one of its numbers is missing.
        """
        rows = np.ones((n_docs, 1 + len(self.columns)))
        for name in self.are_numbers:
            if name not in covariates:
                raise InvalidOption(f"the documents have no column {name}")
        unknown = self.unknown_levels(covariates)
        for position, column in enumerate(self.columns, start=1):
            values = covariates[column.covariate]
            if column.level is None:
                numbers = read_numbers(values)
                if column.fills_missing:
                    numbers = np.where(np.isfinite(numbers), numbers, column.mean)
                else:
                    refuse_missing(column.covariate, values)
                rows[:, position] = (numbers - column.mean) / column.scale
                continue
            is_level = column.marks(values)
            rows[:, position] = np.where(unknown[column.covariate], column.average, is_level)
        return rows

    @property
    def are_numbers(self) -> dict[str, bool]:
        """The covariates, and whether each is numeric."""
        return {column.covariate: column.level is None for column in self.columns}

    @property
    def may_miss(self) -> frozenset[str]:
        """The numeric covariates whose missing numbers are replaced by the mean."""
        return frozenset(column.covariate for column in self.columns if column.fills_missing)

    def unknown_levels(
        self, covariates: Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[np.bool_]]:
        """Return for each covariate which documents have an unknown level.

        Parameters
        ----------
        covariates : mapping of str to (n_docs,) array

        Returns
        -------
        mapping of str to (n_docs,) bool
            For the categorical covariates.
        """
        known: dict[str, set[str]] = {}
        for column in self.columns:
            if column.level is not None and column.reference is not None:
                levels = known.setdefault(column.covariate, {column.reference})
                levels.update(column.pooled or (column.level,))
        return {
            name: ~np.isin(covariates[name].astype(str), sorted(levels))
            for name, levels in known.items()
        }

    def to_array(self) -> NDArray[np.uint8]:
        """Return the design as the bytes of JSON."""
        text = json.dumps([asdict(column) for column in self.columns])
        return np.frombuffer(text.encode(), dtype=np.uint8).copy()

    @classmethod
    def from_array(cls, array: NDArray[np.uint8]) -> Design:
        """Return the design that `to_array` wrote."""
        columns = json.loads(array.tobytes().decode())
        return cls([Column(**{**c, "pooled": tuple(c.get("pooled", ()))}) for c in columns])


def _number_column(name: str, values: NDArray[Any], rules: CovariateRules) -> list[Column]:
    refuse_missing(name, values)
    numbers = read_numbers(values)
    if np.ptp(numbers) == 0:
        return []
    mean, scale = float(numbers.mean()), float(numbers.std())
    return [Column(name, mean=mean, scale=scale, fills_missing=rules.exclude_missing)]


def _level_columns(
    name: str, values: NDArray[np.str_], rules: CovariateRules, notes: list[str]
) -> list[Column]:
    levels, counts = np.unique(values, return_counts=True)
    least = rules.min_level_count
    rare = levels[counts < least].tolist()
    n_rare = int(counts[counts < least].sum())
    if len(levels) > 1 and len(rare) == len(levels):
        raise InvalidOption(
            f"{name} has {len(levels)} levels, none of them in at least {least} of the "
            f"{len(values)} training documents (--min_level_count): its effects cannot be "
            "estimated; rename the column so that it does not begin with cov_"
        )
    reference = str(levels[counts.argmax()])
    columns = [
        Column(name, str(level), reference, average=float(count / len(values)))
        for level, count in zip(levels, counts, strict=True)
        if level != reference and count >= least
    ]
    if n_rare >= least:
        columns.append(
            Column(name, OTHER, reference, average=n_rare / len(values), pooled=tuple(rare))
        )
    if rare:
        pooled = f"pooled as {OTHER}" if n_rare >= least else "taken as the average document"
        notes.append(
            f"{name}: {len(rare)} of {len(levels)} levels have fewer than {least} training "
            f"documents (--min_level_count); their {n_rare} documents are {pooled}"
        )
    return columns


def _refuse_dependent(design: Design, covariates: Mapping[str, NDArray[Any]]) -> None:
    """Raise `InvalidOption` if a column is a linear combination of earlier ones."""
    n_docs = len(next(iter(covariates.values())))
    x = design.matrix(covariates, n_docs)
    if n_docs <= x.shape[1]:
        raise InvalidOption(
            f"the covariates have {x.shape[1]} columns for {n_docs} training documents, too many "
            "to estimate their effects; use fewer covariates or a larger --min_level_count"
        )
    names = ["", *(column.label for column in design.columns)]
    covariate = ["", *(column.covariate for column in design.columns)]
    kept = [0]
    for position in range(1, x.shape[1]):
        # Centred, so that the residual is compared with the variation of the column.
        column = x[:, position] - x[:, position].mean()
        before = x[:, kept]
        weights, *_ = np.linalg.lstsq(before, column, rcond=None)
        residual = np.linalg.norm(column - before @ weights)
        if residual > _DEPENDENT * np.linalg.norm(column):
            kept.append(position)
            continue
        shares = np.abs(weights) * before.std(axis=0)
        involved = [k for k, share in zip(kept, shares, strict=True) if share > 1e-6]
        others = dict.fromkeys(
            covariate[k] for k in involved if covariate[k] != covariate[position]
        )
        raise InvalidOption(
            f"the covariates are collinear: {names[position]} is determined by "
            f"{', '.join(others)}, so their effects are not identifiable; rename one of the "
            "columns so that it does not begin with cov_"
        )
