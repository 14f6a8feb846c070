"""The quantities that are reported of a regression: effects, contrasts and predicted shares."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from theta.effects.formula import ModelMatrix, Term
from theta.effects.regression import Fit
from theta.effects.variables import DATE, Variable

Settings = Mapping[str, "float | str"]

MARGINAL, CONTRAST, PREDICTED = "marginal effect", "contrast", "predicted share"

_GRID = 25
"""Points of a curve."""

_MAX_CONTRASTED = 10
"""Levels of a variable up to which all pairs are compared."""

_STEP = 1e-3
"""Of the numeric derivative, in standard deviations of the variable."""

_AVERAGED = 2_000
"""Documents, drawn at random, that a predicted share is averaged over."""


@dataclass(frozen=True)
class Target:
    """One quantity: a predicted share, or the difference of two, averaged over the documents.

    Attributes
    ----------
    kind : str
        `MARGINAL`, `CONTRAST` or `PREDICTED`.
    variable : str
    level, reference : str, optional
        The two levels that are compared. None for a number, whose effect is per unit.
    value : float or str, optional
        Where a share is predicted.
    at : tuple of (str, float or str)
        Other variables that are set to a value, with it.
    plus, minus : mapping of str to (float or str)
        The settings of `ModelMatrix.at` whose predictions are subtracted; `minus` is empty for a
        predicted share.
    scale : float
        The difference is divided by it.
    """

    kind: str
    variable: str
    level: str | None = None
    reference: str | None = None
    value: float | str | None = None
    at: tuple[tuple[str, float | str], ...] = ()
    plus: Settings = field(default_factory=dict)
    minus: Settings = field(default_factory=dict)
    scale: float = 1.0


@dataclass(frozen=True)
class View:
    """What the figure of a term shows.

    Attributes
    ----------
    term : str
    kind : {"dots", "curve", "lines"}
        The marginal effects on all topics, the predicted share along a variable, or the same by
        group.
    variable : str
        Whose effects, or along which.
    group : str, optional
        The second variable of an interaction.
    """

    term: str
    kind: str
    variable: str
    group: str | None = None


def views_of(matrix: ModelMatrix) -> list[View]:
    """Return one view for each term with one or two variables."""
    found = []
    for term in matrix.terms:
        if len(term.variables) == 1:
            (name,) = term.variables
            curved = term.curved or name == DATE
            found.append(View(term.name, "curve" if curved else "dots", name))
        elif len(term.variables) == 2:
            along, group = _along_and_group(term, matrix.variables)
            found.append(View(term.name, "lines", along, group))
    return found


def _along_and_group(term: Term, variables: Mapping[str, Variable]) -> tuple[str, str]:
    """Return the variables of the horizontal axis, a number if there is one, and of the lines."""
    first, second = term.variables
    if variables[first].levels is not None and variables[second].levels is None:
        return second, first
    return first, second


def targets_of(matrix: ModelMatrix, views: Sequence[View]) -> list[Target]:
    """Return the marginal effects and contrasts of all variables, and what the views show.

    The effects of a variable that interacts with levels are also given at each of them.
    """
    variables = matrix.variables
    partners: dict[str, dict[str, None]] = {name: {} for name in variables}
    for term in matrix.terms:
        for one, other in itertools.permutations(term.variables, 2):
            if variables[other].levels is not None:
                partners[one][other] = None
    targets: list[Target] = []
    for name, variable in variables.items():
        targets += _effects(variable, ())
        for other in partners[name]:
            for level in variables[other].levels or ():
                targets += [t for t in _effects(variable, ((other, level),)) if t.kind == MARGINAL]
    for view in views:
        if view.kind != "dots":
            targets += _predictions(view, variables)
    return list({repr(target): target for target in targets}.values())


def _effects(variable: Variable, at: tuple[tuple[str, float | str], ...]) -> list[Target]:
    name, held = variable.name, dict(at)
    if variable.levels is None:
        step = _STEP * float(variable.values.std())
        return [
            Target(
                MARGINAL,
                name,
                at=at,
                plus={f"+{name}": step, **held},
                minus={f"+{name}": -step, **held},
                scale=2 * step,
            )
        ]
    reference, *others = variable.levels

    def compared(kind: str, level: str, base: str) -> Target:
        plus, minus = {name: level, **held}, {name: base, **held}
        return Target(kind, name, level, base, at=at, plus=plus, minus=minus)

    effects = [compared(MARGINAL, level, reference) for level in others]
    if len(variable.levels) <= _MAX_CONTRASTED:
        effects += [compared(CONTRAST, b, a) for a, b in itertools.combinations(others, 2)]
    return effects


def _predictions(view: View, variables: Mapping[str, Variable]) -> list[Target]:
    groups: list[tuple[tuple[str, float | str], ...]] = [()]
    if view.group is not None:
        groups = [((view.group, value),) for value in group_values(variables[view.group])]
    along = view.variable
    return [
        Target(PREDICTED, along, value=value, at=at, plus={along: value, **dict(at)})
        for at in groups
        for value in _positions(variables[along])
    ]


def group_values(variable: Variable) -> list[float | str]:
    """Return the levels of a variable, or the quartiles of a number, that have a line each."""
    if variable.levels is not None:
        return list(variable.levels)
    quartiles = np.unique(np.quantile(variable.values, (0.25, 0.5, 0.75), method="inverted_cdf"))
    return [float(value) for value in quartiles]


def _positions(variable: Variable) -> list[float | str]:
    if variable.levels is not None:
        return list(variable.levels)
    distinct = np.unique(variable.values)
    if len(distinct) > _GRID:
        distinct = np.linspace(distinct[0], distinct[-1], _GRID)
    return [float(value) for value in distinct]


class Functionals:
    """Computes targets and their variances from the coefficients of all topics.

    Parameters
    ----------
    targets : sequence of Target
    matrix : ModelMatrix
    linear : bool
        The share is linear in the coefficients; otherwise it is their logistic function, and the
        variances are those of the delta method, averaged over at most 2,000 documents.
    """

    def __init__(self, targets: Sequence[Target], matrix: ModelMatrix, *, linear: bool) -> None:
        self._linear = linear
        n_docs = len(matrix.rows)
        rows = np.arange(n_docs)
        if n_docs > _AVERAGED:
            rows = np.sort(np.random.default_rng(0).choice(n_docs, _AVERAGED, replace=False))
        self._scales = np.array([target.scale for target in targets])
        self._pairs: list[list[NDArray[np.float64]]] = []
        weights = []
        for target in targets:
            averaged = None if linear and target.kind != PREDICTED else rows
            sides = [target.plus] if target.kind == PREDICTED else [target.plus, target.minus]
            pair = [matrix.at(side, averaged) for side in sides]
            if linear:
                means = [side.mean(axis=0) for side in pair]
                weights.append(means[0] - means[1] if len(means) > 1 else means[0])
            else:
                self._pairs.append(pair)
        self._weights = np.array(weights)

    def of(self, fit: Fit) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return estimates and variances, both (n_targets, num_topics)."""
        scales = self._scales[:, None]
        if self._linear:
            spread = self._weights @ fit.covariance
            variances = (spread * self._weights).sum(axis=2).T
            return self._weights @ fit.coefficients / scales, variances / scales**2
        found = [_mean_share(pair, fit) for pair in self._pairs]
        estimates = np.array([estimate for estimate, _ in found])
        variances = np.array([variance for _, variance in found])
        return estimates / scales, variances / scales**2


def _mean_share(
    pair: Sequence[NDArray[np.float64]], fit: Fit
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean share of one matrix, or its difference from that of another."""
    from scipy.special import expit

    estimate = np.zeros(fit.coefficients.shape[1])
    gradient = np.zeros(fit.coefficients.T.shape)
    for sign, side in zip((1, -1), pair, strict=False):
        share = expit(side @ fit.coefficients)
        estimate += sign * share.mean(axis=0)
        gradient += sign * (share * (1 - share)).T @ side / len(side)
    return estimate, np.einsum("ka,kab,kb->k", gradient, fit.covariance, gradient)
