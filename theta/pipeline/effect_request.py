"""Which effects of covariates are asked for, and the design matrices of their formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


EffectRequest = RunOptions | EffectOptions
"""Options with a formula in ``effects``."""


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


def effect_design(options: EffectRequest, corpus: Corpus, columns: Columns | None = None) -> Design:
    """Return the design matrices of effects and prior means, and the clusters.

    Parameters
    ----------
    options : RunOptions or EffectOptions
    corpus : Corpus
    columns : mapping of str to (n_docs,) array, optional
        What formulas can name, by default the columns of the corpus.

    Raises
    ------
    InvalidOption
        If a formula or its columns cannot be used; see `model_matrix`.
    """
    columns = columns_of(corpus) if columns is None else columns
    cluster, prevalence = options.cluster, options.prevalence
    if cluster is not None and cluster not in columns:
        raise InvalidOption(
            f"--cluster {cluster} is not a column of the corpus"
            f"{did_you_mean(cluster, columns)}; {columns_there(columns)}"
        )
    also = [] if cluster is None else [cluster]

    def made(formula: str | None, complete: Sequence[str]) -> ModelMatrix:
        return model_matrix(str(formula), columns, corpus.row_ids, options.pool_below, complete)

    matrix = made(options.effects, also)
    prior = matrix.matrix
    if prevalence is not None and "".join(prevalence.split()) == _COMMON_MEAN:
        prior = np.ones((len(matrix.rows), 1))
    elif prevalence is not None:
        # Both formulas are for the documents that are complete in the columns of either.
        other = made(prevalence, [*also, *matrix.variables])
        prior = other.matrix
        if len(other.rows) < len(matrix.rows):
            matrix = made(options.effects, [*also, *other.variables])
    if options.permutation_test is not None:
        _check_permuted(options.permutation_test, matrix)
    if cluster is None:
        return Design(matrix, prior, None)
    _, clusters = np.unique(columns[cluster][matrix.rows], return_inverse=True)
    if not clusters.any():
        raise InvalidOption(
            f"--cluster {cluster}: all documents of the regression are in one cluster; "
            "leave it out, or name another column"
        )
    return Design(matrix, prior, clusters)


def _check_permuted(column: str, matrix: ModelMatrix) -> None:
    if column not in matrix.variables:
        raise InvalidOption(
            f"--permutation_test {column} is not in the formula {matrix.formula!r}"
            f"{did_you_mean(column, matrix.variables)}"
        )
    levels = matrix.variables[column].levels
    if levels is None or len(levels) != 2:
        has = "numbers" if levels is None else f"{len(levels)} levels"
        raise InvalidOption(
            f"--permutation_test {column} has {has}: the test is for two levels; write C() around "
            "numbers that are levels"
        )
