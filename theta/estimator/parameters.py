"""The parameters of the estimator, made of the options of the command line."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from theta.models.theta_options import ThetaOptions
from theta.options import (
    Declaration,
    PrepareOptions,
    RunOptions,
    Scope,
    in_scope,
    resolve,
)
from theta.options.model_names import AUTO, may_be_named
from theta.pipeline.finished import FinishedRun

_GROUPS = {"theta": ThetaOptions, "run": RunOptions, "prepare": PrepareOptions}

_RENAMED = {"model_size": "embedding"}
_RENAMED_OF_PREPARE = {**_RENAMED, "seed": "split_seed"}
"""Options by another name in the estimator, where `seed` is that of the training."""


def _parameter(group: str, option: str) -> str:
    renamed = _RENAMED_OF_PREPARE if group == "prepare" else _RENAMED
    return renamed.get(option, option)


_DECLARED = {
    group: {
        _parameter(group, name): one for name, one in in_scope(options, Scope.ESTIMATOR).items()
    }
    for group, options in _GROUPS.items()
}
"""The parameters of the estimator by the options that declare them."""

_WORKSPACE = Declaration(
    "workspace",
    Path,
    None,
    "Folder that keeps the vectors of the texts for the next fit; None keeps nothing.",
    optional=True,
)

_PARAMETERS = {
    **_DECLARED["theta"],
    **_DECLARED["run"],
    **_DECLARED["prepare"],
    "workspace": _WORKSPACE,
}


def signature() -> inspect.Signature:
    """Return the signature of the constructor: every parameter with its declared default."""
    kind = inspect.Parameter
    named = [kind(n, kind.KEYWORD_ONLY, default=d.default) for n, d in _PARAMETERS.items()]
    return inspect.Signature([kind("self", kind.POSITIONAL_OR_KEYWORD), *named])


def documented(text: str) -> str:
    """Return the class' docstring with a section of its parameters, from their declarations."""
    lines = ["    Parameters", "    ----------"]
    for name, declared in _PARAMETERS.items():
        lines.append(f"    {name} : {declared.kind.__name__}, default={declared.default!r}")
        lines.append(f"        {declared.help}")
    return text.replace("    Attributes\n", "\n".join(lines) + "\n\n    Attributes\n", 1)


def parameters_of(finished: FinishedRun) -> dict[str, Any]:
    """Return the parameters that a run was made with, as far as its record holds them."""
    trained = vars(finished.model_options)
    config = finished.config
    found = {name: trained[name] for name in _DECLARED["theta"] if name in trained}
    found |= {name: config["options"][name] for name in ("mode", "gpu")}
    found["seed"] = config["seed"]
    facts = dict(finished.preprocessing.embedding or {})
    recorded = {**facts, **(facts.get("finetune") or {}), **finished.preprocessing.rules.settings}
    for name, declared in _DECLARED["prepare"].items():
        # A model without a longest text is recorded with none.
        value = recorded.get(declared.name)
        if declared.name in recorded and (declared.optional or value is not None):
            found[name] = value
    own = found.get("embedding_model")
    # Before models had names of their own, their vectors could be stored under a size.
    if own is not None and not may_be_named(own, found["embedding"]):
        found["embedding"] = AUTO
    return found


def resolve_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of some parameters, checked as the command line's are.

    Parameters
    ----------
    parameters : mapping of str to value
        All of the estimator.

    Returns
    -------
    mapping
        ``theta``, ``run`` and ``prepare`` to their options.

    Raises
    ------
    InvalidOption
        If a value is not one of its option's.
    """
    resolved = {}
    for group, options in _GROUPS.items():
        typed = {
            declared.name: _plain(parameters[name])
            for name, declared in _DECLARED[group].items()
            if not (declared.optional and parameters[name] is None)
        }
        resolved[group] = resolve({group: options}, typed).groups[group]
    return resolved


def _plain(value: Any) -> Any:
    """Return a value of a NumPy grid as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
