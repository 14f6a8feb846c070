"""A space and its settings as Optuna's distributions and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theta.errors import ThetaError
from theta.libraries import load_library
from theta.tuning.space import Dimension, Setting, Space


def load_optuna() -> Any:
    """Return Optuna, silent.

    Raises
    ------
    ThetaError
        If it is not installed.
    """
    missing = ThetaError("--tune needs a package: pip install 'theta-topics[tune]'")
    optuna = load_library("optuna", missing)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def distributions(space: Space, optuna: Any) -> dict[str, Any]:
    """Return Optuna's distribution of each option; a list of numbers is the ranks of its values."""
    return {d.name: _distribution(d, optuna.distributions) for d in space.dimensions}


def params_of(setting: Setting, space: Space) -> dict[str, Any]:
    """Return a setting as Optuna's parameters."""
    return {
        d.name: sorted(d.values).index(setting[d.name]) if _is_ranked(d) else setting[d.name]
        for d in space.dimensions
    }


def setting_of(params: Mapping[str, Any], space: Space) -> Setting:
    """Return the setting of Optuna's parameters."""
    return {d.name: _value(d, params[d.name]) for d in space.dimensions}


def _value(dimension: Dimension, parameter: Any) -> Any:
    if _is_ranked(dimension):
        return sorted(dimension.values)[parameter]
    if not dimension.values and dimension.listed is None and isinstance(parameter, float):
        # A setting is typed and read by people: all further digits change nothing.
        return min(max(float(f"{parameter:.3g}"), dimension.low), dimension.high)
    return parameter


def _is_ranked(dimension: Dimension) -> bool:
    return bool(dimension.values) and dimension.ordered


def _distribution(dimension: Dimension, kinds: Any) -> Any:
    if dimension.values:
        if dimension.ordered:
            return kinds.IntDistribution(0, len(dimension.values) - 1)
        return kinds.CategoricalDistribution(dimension.values)
    low, high, step, log = dimension.low, dimension.high, dimension.step, dimension.log
    if isinstance(low, int):
        return kinds.IntDistribution(low, high, log=log, step=step or 1)
    return kinds.FloatDistribution(low, high, log=log, step=step)
