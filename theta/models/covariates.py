"""The design matrix of document covariates: numbers standardised, categories one-hot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.errors import InvalidOption

if TYPE_CHECKING:
    from numpy.typing import NDArray


DESIGN = "design"
"""Under which a model keeps its `Design` in its state."""


@dataclass(frozen=True)
class Column:
    """One column of the design matrix beside the intercept.

    Attributes
    ----------
    covariate : str
    level : str, optional
        The category that the column marks; None for a number.
    reference : str, optional
        The category that has no column: effects are differences from it.
    mean, scale : float
        What was taken off and divided by: the training mean and standard deviation of a number,
        0 and 1 of a category.
    average : float
        Mean of the column, so scaled, over the training documents: stands in for a category that
        they do not have.
    """

    covariate: str
    level: str | None = None
    reference: str | None = None
    mean: float = 0.0
    scale: float = 1.0
    average: float = 0.0


@dataclass(frozen=True)
class Design:
    """How covariates become numbers: fitted on the training documents, then fixed."""

    columns: Sequence[Column]

    @classmethod
    def of_state(cls, state: Mapping[str, NDArray[Any]]) -> Design | None:
        """Return the design that a trained model keeps; None of a model without covariates."""
        return cls.from_array(state[DESIGN]) if DESIGN in state else None

    @classmethod
    def fit(cls, covariates: Mapping[str, NDArray[Any]]) -> Design:
        """Return the design of the training documents.

        The reference of a category is its most frequent level, the first by name of several.
        """
        columns: list[Column] = []
        for name, values in covariates.items():
            if _is_number(values):
                numbers = _numbers(name, values)
                scale = float(numbers.std()) or 1.0
                columns.append(Column(name, mean=float(numbers.mean()), scale=scale))
                continue
            levels, counts = np.unique(values.astype(str), return_counts=True)
            reference = str(levels[counts.argmax()])
            columns += [
                Column(name, str(level), reference, average=float(count / len(values)))
                for level, count in zip(levels, counts, strict=True)
                if level != reference
            ]
        return cls(columns)

    def matrix(self, covariates: Mapping[str, NDArray[Any]], n_docs: int) -> NDArray[np.float64]:
        """Return the intercept and the columns of documents: (n_docs, 1 + n_columns).

        Raises
        ------
        InvalidOption
            If a covariate is not there, or a number of it is missing.
        """
        rows = np.ones((n_docs, 1 + len(self.columns)))
        for name in self.are_numbers:
            if name not in covariates:
                raise InvalidOption(f"the documents have no column {name}")
        unknown = self.unknown_levels(covariates)
        for place, column in enumerate(self.columns, start=1):
            values = covariates[column.covariate]
            if column.level is None:
                numbers = _numbers(column.covariate, values)
                rows[:, place] = (numbers - column.mean) / column.scale
                continue
            is_level = values.astype(str) == column.level
            rows[:, place] = np.where(unknown[column.covariate], column.average, is_level)
        return rows

    @property
    def are_numbers(self) -> dict[str, bool]:
        """The covariates that are needed, and whether each is a number or has levels."""
        return {column.covariate: column.level is None for column in self.columns}

    def unknown_levels(
        self, covariates: Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[np.bool_]]:
        """Return by covariate which documents have a level that no training document has.

        Parameters
        ----------
        covariates : mapping of str to (n_docs,) array

        Returns
        -------
        mapping of str to (n_docs,) bool
            Of the covariates that have levels.
        """
        known: dict[str, set[str]] = {}
        for column in self.columns:
            if column.level is not None and column.reference is not None:
                known.setdefault(column.covariate, {column.reference}).add(column.level)
        return {
            name: ~np.isin(covariates[name].astype(str), sorted(levels))
            for name, levels in known.items()
        }

    def to_array(self) -> NDArray[np.uint8]:
        """Return the design as the bytes of JSON."""
        text = json.dumps([vars(column) for column in self.columns])
        return np.frombuffer(text.encode(), dtype=np.uint8).copy()

    @classmethod
    def from_array(cls, array: NDArray[np.uint8]) -> Design:
        """Return the design that `to_array` wrote."""
        return cls([Column(**column) for column in json.loads(array.tobytes().decode())])


def _is_number(values: NDArray[Any]) -> bool:
    return bool(np.issubdtype(values.dtype, np.number))


def _numbers(name: str, values: NDArray[Any]) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    n_missing = int((~np.isfinite(numbers)).sum())
    if n_missing:
        raise InvalidOption(
            f"{name} has no number in {n_missing} of {len(numbers)} documents; "
            "fill it in or rename the column so that it does not begin with cov_"
        )
    return numbers
