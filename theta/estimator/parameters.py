"""The parameters of the estimators, derived from the options of the command line."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from theta.models.base import LearnsLabels, TopicModel
from theta.models.baseline_options import AUTO as TOPICS_AUTO
from theta.options import (
    Declaration,
    PrepareOptions,
    RunOptions,
    Scope,
    declarations,
    in_scope,
    resolve,
)
from theta.options.model_names import AUTO, may_be_named
from theta.options.prepare import CorpusOptions
from theta.run import Run

_RENAMED: Mapping[str, Mapping[str, str]] = {
    "model": {},
    "run": {"model_size": "embedding"},
    "prepare": {"model_size": "embedding", "seed": "split_seed"},
}
"""Options that have another name in the estimator, where `seed` is that of the training."""

_WORKSPACE = Declaration(
    "workspace",
    Path,
    None,
    "Folder that keeps the prepared texts for the next fit; None keeps nothing.",
    optional=True,
)


class Parameters:
    """The parameters of the estimator of one model.

    Parameters
    ----------
    model : type of TopicModel

    Attributes
    ----------
    declared : mapping of str to Declaration
        Every parameter.
    """

    def __init__(self, model: type[TopicModel]) -> None:
        model_options: type = model.Options
        self._options = {"model": model_options, "run": RunOptions, "prepare": PrepareOptions}
        without_embeddings = {
            "model": set(declarations(model_options)),
            "run": {
                "seed",
                "gpu",
                "threads",
                *(["mode"] if issubclass(model, LearnsLabels) else []),
            },
            "prepare": {*declarations(CorpusOptions), "threads"},
        }
        self._groups = {
            group: {
                _RENAMED[group].get(name, name): declared
                for name, declared in in_scope(options, Scope.ESTIMATOR).items()
                if "embeddings" in model.needs or name in without_embeddings[group]
            }
            for group, options in self._options.items()
        }
        groups = self._groups
        self.declared: Mapping[str, Declaration] = {
            **groups["model"],
            **groups["run"],
            **groups["prepare"],
            "workspace": _WORKSPACE,
        }

    def signature(self) -> inspect.Signature:
        """Return the signature of the constructor: each parameter with its declared default."""
        kind = inspect.Parameter
        named = [kind(n, kind.KEYWORD_ONLY, default=d.default) for n, d in self.declared.items()]
        return inspect.Signature([kind("self", kind.POSITIONAL_OR_KEYWORD), *named])

    def section(self) -> str:
        """Return the section of a docstring that describes the parameters."""
        lines = ["Parameters", "----------"]
        for name, declared in self.declared.items():
            lines.append(f"{name} : {declared.kind.__name__}, default={declared.default!r}")
            lines.append(f"    {declared.help}")
        return "\n".join(lines)

    def of_run(self, run: Run) -> dict[str, Any]:
        """Return the parameters of a run, as far as they are recorded."""
        trained = dict(vars(run.model_options))
        if run.topic_count is not None:
            trained["num_topics"] = TOPICS_AUTO
        values = {name: trained[name] for name in self._groups["model"] if name in trained}
        of_run = {**run.config["options"], "seed": run.seed}
        values |= {name: of_run[declared.name] for name, declared in self._groups["run"].items()}
        facts = dict(run.preprocessing.embedding or {})
        recorded = {**facts, **(facts.get("finetune") or {}), **run.preprocessing.rules.settings}
        for name, declared in self._groups["prepare"].items():
            # A model without a length limit is recorded with None.
            value = recorded.get(declared.name)
            if declared.name in recorded and (declared.optional or value is not None):
                values[name] = value
        own = values.get("embedding_model")
        # Earlier versions stored the vectors of a user's model under a size.
        if own is not None and not may_be_named(own, values["embedding"]):
            values["embedding"] = AUTO
        return values

    def resolve(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters as options, with the checks of the command line.

        Parameters
        ----------
        values : mapping of str to value
            Every parameter.

        Returns
        -------
        mapping
            ``model``, ``run`` and ``prepare`` to their options.

        Raises
        ------
        InvalidOption
            If a value is invalid for its option.
        """
        resolved = {}
        for group, options in self._options.items():
            typed = {
                declared.name: _plain(values[name])
                for name, declared in self._groups[group].items()
                if not (declared.optional and values[name] is None)
            }
            resolved[group] = resolve({group: options}, typed).groups[group]
        return resolved


def _plain(value: Any) -> Any:
    """Return a NumPy scalar as the Python value."""
    return value.item() if isinstance(value, np.generic) else value
