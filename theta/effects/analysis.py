"""Effects of covariates on topic shares: the method of composition for any model.

Treier & Jackman (2008), https://doi.org/10.1111/j.1540-5907.2007.00308.x; Roberts et al. (2014),
https://doi.org/10.1111/ajps.12103.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.effects.formula import ModelMatrix
from theta.effects.pooling import Pooled, adjust, joint_test, pool
from theta.effects.regression import Regression
from theta.effects.results import COEFFICIENT, JOINT, Effects, Numbers, Quantity
from theta.effects.targets import PREDICTED, Functionals, Target, targets_of, views_of


def estimate_effects(
    matrix: ModelMatrix,
    draws: Iterable[NDArray[np.floating[Any]]],
    response: str = "share",
    clusters: NDArray[np.intp] | None = None,
    cluster: str | None = None,
    posterior: str = "",
) -> Effects:
    """Regress each topic's share on the covariates, for each draw of the shares, and combine.

    Parameters
    ----------
    matrix : ModelMatrix
    draws : iterable of (n_rows, num_topics) float
        Draws of θ of the documents of the regression; one draw counts as known.
    response : {"share", "logit", "fractional"}
        See `Regression`.
    clusters : (n_rows,) int, optional
        Number of the cluster of each document in the regression, from 0.
    cluster : str, optional
        Name of the column of the clusters.
    posterior : str
        What the draws are from.
    """
    regression = Regression(matrix.matrix, response, clusters)
    views = views_of(matrix)
    targets = targets_of(matrix, views)
    functionals = Functionals(targets, matrix, linear=regression.is_linear)
    values, variances, fits = [], [], []
    for draw in draws:
        fit = regression.fit(draw)
        value, variance = functionals.of(fit)
        values.append(value)
        variances.append(variance)
        fits.append(fit)
    complete = float(regression.degrees_of_freedom)
    coefficients = np.array([fit.coefficients for fit in fits])
    covariances = np.array([fit.covariance for fit in fits])
    own = np.diagonal(covariances, axis1=2, axis2=3).transpose(0, 2, 1)
    unit = "share" if regression.is_linear else "log odds"
    quantities = [
        *_of_targets(targets, pool(np.array(values), np.array(variances), complete)),
        *_of_coefficients(matrix.names, pool(coefficients, own, complete), unit),
        *_joint_tests(matrix, coefficients, covariances, complete),
    ]
    notes = list(matrix.notes)
    failed = np.flatnonzero(np.isnan(coefficients).any(axis=(0, 1)))
    if len(failed):
        notes.append(
            f"the fractional regression of the topics {', '.join(map(str, failed))} did not "
            "converge, as when a level has almost none of a topic: their effects are left out; "
            "--response share has them"
        )
    return Effects(
        matrix.formula,
        response,
        len(matrix.rows),
        len(fits),
        quantities,
        views,
        notes,
        cluster=cluster,
        posterior=posterior,
        n_clusters=None if clusters is None else int(clusters.max()) + 1,
    )


def _of_targets(targets: Sequence[Target], pooled: Pooled) -> list[Quantity]:
    tested = np.array([target.kind != PREDICTED for target in targets])
    return [
        Quantity(
            target.kind,
            target.variable,
            "share",
            numbers,
            level=target.level,
            reference=target.reference,
            value=target.value,
            at=target.at,
        )
        for target, numbers in zip(targets, _numbers(pooled, tested), strict=True)
    ]


def _of_coefficients(names: Sequence[str], pooled: Pooled, unit: str) -> list[Quantity]:
    tested = np.array([name != "Intercept" for name in names])
    numbers = _numbers(pooled, tested)
    return [
        Quantity(COEFFICIENT, name, unit, own) for name, own in zip(names, numbers, strict=True)
    ]


def _numbers(pooled: Pooled, tested: NDArray[np.bool_]) -> list[Numbers]:
    """Return the numbers of each row of some estimates: (n_quantities, num_topics)."""
    p_value = np.where(tested[:, None], pooled.p_value, np.nan)
    columns = (
        pooled.estimate,
        pooled.standard_error,
        pooled.degrees_of_freedom,
        *pooled.interval(),
        p_value,
        *adjust(p_value),
        pooled.share_of_draws,
    )
    return [Numbers(*(_known(column[row]) for column in columns)) for row in range(len(tested))]


def _known(values: NDArray[np.float64]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _joint_tests(
    matrix: ModelMatrix,
    coefficients: NDArray[np.float64],
    covariances: NDArray[np.float64],
    complete: float,
) -> list[Quantity]:
    """Return the tests of `_tested_columns`."""
    tests = []
    for name, part in _tested_columns(matrix).items():
        statistic, freedom, p_value = joint_test(
            coefficients[:, part].transpose(0, 2, 1),
            covariances[:, :, part][:, :, :, part],
            complete,
        )
        nothing = np.full(len(statistic), np.nan)
        adjusted = (values[0] for values in adjust(p_value[None]))
        columns = (statistic, nothing, freedom, nothing, nothing, p_value, *adjusted, nothing)
        numbers = Numbers(*map(_known, columns))
        tests.append(Quantity(JOINT, name, "F", numbers, n_tested=len(part)))
    return tests


def _tested_columns(matrix: ModelMatrix) -> dict[str, list[int]]:
    """Return the columns that are tested together, by name.

    A variable without interactions is tested by its term. One with interactions is tested by all of
    its terms: its own alone is its effect where the other variables are 0, or at their reference.
    """
    crossed = {name for term in matrix.terms if len(term.variables) > 1 for name in term.variables}
    tested: dict[str, list[int]] = {}
    for term in matrix.terms:
        columns = range(term.columns.start, term.columns.stop)
        if len(term.variables) > 1:
            tested[term.name] = list(columns)
        for name in term.variables:
            own = f"{name} with its interactions" if name in crossed else term.name
            tested.setdefault(own, []).extend(columns)
    return {name: columns for name, columns in tested.items() if len(columns) > 1}
