"""Which effects of covariates are asked for, and the design matrices of their formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus
from theta.effects.formula import ModelMatrix, model_matrix
from theta.effects.formula_text import columns_there
from theta.effects.variables import columns_of
from theta.errors import InvalidOption
from theta.options import RunOptions
from theta.options.finished_run import EffectOptions
from theta.options.resolve import did_you_mean

Columns = Mapping[str, "NDArray[Any]"]

_COMMON_MEAN = "~1"


@dataclass(frozen=True)
class Request:
    """Which effects are asked for.

    Attributes
    ----------
    formula, response : str
    n_draws : int
        0 takes the shares as known.
    shares : {"calibrated", "model"}
    prevalence : str, optional
        Formula of the prior mean of calibrated shares; that of the effects by default.
    permuted : str, optional
        Column with two levels whose values are shuffled in a permutation test.
    n_permutations : int
    cluster : str, optional
    pool_below : int
        Levels with fewer documents are pooled.
    """

    formula: str
    response: str
    n_draws: int
    shares: str
    prevalence: str | None
    permuted: str | None
    n_permutations: int
    cluster: str | None
    pool_below: int

    @classmethod
    def of(cls, options: RunOptions | EffectOptions) -> Request | None:
        """Return what the options ask for; None without ``--effects``."""
        if options.effects is None:
            return None
        return cls(
            options.effects,
            options.response,
            options.draws,
            options.shares,
            options.prevalence,
            options.permutation_test,
            options.permutations,
            options.cluster,
            options.pool_below,
        )

    def design(self, corpus: Corpus, columns: Columns | None = None) -> Design:
        """Return the design matrices of effects and prior means, and the clusters.

        Parameters
        ----------
        corpus : Corpus
        columns : mapping of str to (n_docs,) array, optional
            What formulas can name, by default the columns of the corpus.

        Raises
        ------
        InvalidOption
            If a formula or its columns cannot be used; see `model_matrix`.
        """
        columns = columns_of(corpus) if columns is None else columns
        if self.cluster is not None and self.cluster not in columns:
            raise InvalidOption(
                f"--cluster {self.cluster} is not a column of the corpus"
                f"{did_you_mean(self.cluster, columns)}; {columns_there(columns)}"
            )
        also = [] if self.cluster is None else [self.cluster]

        def made(formula: str, complete: Sequence[str]) -> ModelMatrix:
            return model_matrix(formula, columns, corpus.row_ids, self.pool_below, complete)

        matrix = made(self.formula, also)
        prior = matrix.matrix
        if self.prevalence is not None and "".join(self.prevalence.split()) == _COMMON_MEAN:
            prior = np.ones((len(matrix.rows), 1))
        elif self.prevalence is not None:
            # Both formulas are for the documents that are complete in the columns of either.
            other = made(self.prevalence, [*also, *matrix.variables])
            prior = other.matrix
            if len(other.rows) < len(matrix.rows):
                matrix = made(self.formula, [*also, *other.variables])
        self._check_permuted(matrix)
        if self.cluster is None:
            return Design(matrix, prior, None)
        _, clusters = np.unique(columns[self.cluster][matrix.rows], return_inverse=True)
        if not clusters.any():
            raise InvalidOption(
                f"--cluster {self.cluster}: all documents of the regression are in one cluster; "
                "leave it out, or name another column"
            )
        return Design(matrix, prior, clusters)

    def _check_permuted(self, matrix: ModelMatrix) -> None:
        if self.permuted is None:
            return
        if self.permuted not in matrix.variables:
            raise InvalidOption(
                f"--permutation_test {self.permuted} is not in the formula {self.formula!r}"
                f"{did_you_mean(self.permuted, matrix.variables)}"
            )
        levels = matrix.variables[self.permuted].levels
        if levels is None or len(levels) != 2:
            has = "numbers" if levels is None else f"{len(levels)} levels"
            raise InvalidOption(
                f"--permutation_test {self.permuted} has {has}: the test is for two levels; write "
                "C() around numbers that are levels"
            )


class Design(NamedTuple):
    """What topic shares are regressed on.

    Attributes
    ----------
    matrix : ModelMatrix
    prior : (n_rows, n_columns) float64
        Design matrix of the prior means of calibrated shares.
    clusters : (n_rows,) int, optional
        The number of the cluster of each document.
    """

    matrix: ModelMatrix
    prior: NDArray[np.float64]
    clusters: NDArray[np.intp] | None
