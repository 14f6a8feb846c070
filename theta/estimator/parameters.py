"""The parameters of the estimators, made of the options of the command line."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from theta.corpus.settings import CorpusSettings
from theta.models.base import LearnsLabels, TopicModel
from theta.options import Declaration, PrepareOptions, RunOptions, declarations, resolve
from theta.run import Run

_RENAMED = {"embedding": "model_size", "split_seed": "seed"}
"""Parameters under another name than the option of prepare_data.py: `batch_size` and `seed` are
those of the training here."""

_NO_PARAMETERS = frozenset(
    [
        "dataset",
        "model",
        "model_size",
        "mode",
        "gpu",
        "seed",
        "batch_size",
        "raw_input",
        "text_column",
        "label_column",
        "time_column",
        "bow_only",
        "check_only",
        "list_datasets",
        "preview",
        "force",
        "dry_run",
        "json",
        "quiet",
        "verbose",
        "config",
    ]
)
"""Options of prepare_data.py that make no sense of texts in memory, or that are taken below."""

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
        with_embeddings = "embeddings" in model.needs
        run_options, prepare_options = declarations(RunOptions), declarations(PrepareOptions)
        of_run = ["seed", "gpu"]
        if with_embeddings or issubclass(model, LearnsLabels):
            of_run.insert(0, "mode")
        of_corpus = {field.name for field in fields(CorpusSettings)}
        renamed = {
            name: prepare_options[option]
            for name, option in _RENAMED.items()
            if with_embeddings or option in of_corpus
        }
        self._groups: dict[str, dict[str, Declaration]] = {
            "model": declarations(model_options),
            "run": {name: run_options[name] for name in of_run},
            "prepare": renamed
            | {
                name: declared
                for name, declared in prepare_options.items()
                if name not in _NO_PARAMETERS and (with_embeddings or name in of_corpus)
            },
        }
        first = {name: d for name, d in renamed.items() if name == "embedding"}
        groups = self._groups
        self.declared: Mapping[str, Declaration] = {
            **groups["model"],
            **first,
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
        """Return the parameters that a run was made with, as far as its record has them."""
        trained = vars(run.model_options)
        found = {name: trained[name] for name in self._groups["model"] if name in trained}
        of_run = {**run.config["options"], "seed": run.seed}
        found |= {name: of_run[name] for name in self._groups["run"]}
        facts = dict(run.preprocessing.embedding or {})
        recorded = {**facts, **(facts.get("finetune") or {}), **run.preprocessing.rules.settings}
        for name in self._groups["prepare"]:
            option = _RENAMED.get(name, name)
            if option in recorded:
                found[name] = recorded[option]
        return found

    def resolve(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options of some parameters, checked as the command line's are.

        Parameters
        ----------
        values : mapping of str to value
            All parameters.

        Returns
        -------
        mapping
            ``model``, ``run`` and ``prepare`` to their options.

        Raises
        ------
        InvalidOption
            If a value is not one of its option's.
        """
        resolved = {}
        for group, options in self._options.items():
            typed = {
                _RENAMED.get(name, name): _plain(values[name])
                for name, declared in self._groups[group].items()
                if not (declared.optional and values[name] is None)
            }
            resolved[group] = resolve({group: options}, typed).groups[group]
        return resolved


def _plain(value: Any) -> Any:
    """Return a value of a NumPy grid as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
