"""config.json: everything needed to repeat a run."""

from __future__ import annotations

import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from theta import __version__
from theta.errors import MissingFile
from theta.models import MODELS
from theta.models.base import TopicModel
from theta.models.baseline_options import AUTO
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.options import (
    Declaration,
    RunOptions,
    Scope,
    declarations,
    former_names,
    in_scope,
)
from theta.options.resolve import read_value

TOPIC_COUNT = "topic_count"
"""Key of the estimate behind the number of topics, of runs with ``--num_topics auto``."""

_LIBRARIES = ("numpy", "scipy", "torch", "scikit-learn", "transformers")


def make_config(
    *,
    model: str,
    options: RunOptions,
    model_options: Any,
    device: str,
    threads: int,
    seed: int,
    fingerprints: Mapping[str, str],
    topic_count: TopicCountEstimate | None = None,
) -> dict[str, Any]:
    """Return the content of config.json; `topic_count` is in it if ``auto`` was asked for."""
    estimate = {} if topic_count is None else {TOPIC_COUNT: topic_count.record()}
    return {
        "theta": __version__,
        "model": model,
        "seed": seed,
        "device": device,
        "threads": threads,
        "options": json_ready(asdict(options)),
        "model_options": json_ready(asdict(model_options)),
        **estimate,
        "fingerprints": dict(fingerprints),
        "versions": library_versions(),
        "git_commit": _git_commit(),
        "command": sys.argv,
    }


def with_current_names(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a config.json with the names and values of the current options.

    Former names are replaced, options of a model that have become options of every run are moved,
    and options that the run's version did not have are added if their default is not what that
    version did.
    """
    model, of_model = MODELS.get(config["model"]), config["model_options"]
    if model is None:
        return {**config, "options": _current(config["options"], RunOptions)}
    own: type = model.Options
    moved = (of_model.keys() & declarations(RunOptions).keys()) - declarations(own).keys()
    options = {**config["options"], **{name: of_model[name] for name in moved}}
    kept = {name: value for name, value in of_model.items() if name not in moved}
    return {
        **config,
        "options": _current(options, RunOptions),
        "model_options": _current(kept, own),
    }


def _current(values: Mapping[str, Any], options: type) -> dict[str, Any]:
    names = former_names(options)
    declared = declarations(options).values()
    formerly = {one.name: one.formerly for one in declared if one.formerly is not None}
    return {**formerly, **{names.get(name, name): value for name, value in values.items()}}


def model_of(config: Mapping[str, Any]) -> type[TopicModel]:
    """Return the model of a config.json.

    Raises
    ------
    MissingFile
        If this version has no such model.
    """
    model = MODELS.get(config["model"])
    if model is None:
        raise MissingFile(
            f"the model of the run is {config['model']}, which this version of THETA does not "
            f"have; it has {', '.join(MODELS)}"
        )
    return model


def options_from_json(options: type, values: Mapping[str, Any]) -> Any:
    """Return the options that `make_config` wrote, with their declared types.

    Raises
    ------
    MissingFile
        If this version does not know an option or its value.
    """
    declared = declarations(options)
    empty = {"[]": (), "null": None}
    parsed = {}
    for name, value in values.items():
        try:
            is_empty = json.dumps(value) in empty
            parsed[name] = (
                empty[json.dumps(value)] if is_empty else read_value(declared[name], value)
            )
        except (KeyError, ValueError) as error:
            raise MissingFile(
                f"the run was made by another version of THETA with {name} = {value}, which this "
                "version does not know; train it again"
            ) from error
    return options(**parsed)


def repeat_command(config: Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> str:
    """Return the command that repeats the run of a config.json.

    Parameters
    ----------
    config : mapping
    changes : mapping, optional
        Options of the model to set to other values.
    """
    model = model_of(config)
    words = ["python", "run_pipeline.py"]
    options = {**config["options"], "seeds": None, "seed": config["seed"], "models": [model.name]}
    of_model = {**requested_options(config), **(changes or {})}
    for declared, values in (
        (in_scope(RunOptions, Scope.REPEAT), options),
        (in_scope(model.Options, Scope.REPEAT), of_model),
    ):
        for name, value in values.items():
            if name in declared:
                words += flag_words(declared[name], value)
    return shlex.join(words)


def requested_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model options of a config.json as the user set them: ``auto`` is not resolved."""
    requested = {"num_topics": AUTO} if TOPIC_COUNT in config else {}
    return {**config["model_options"], **requested}


def flag_words(declaration: Declaration, value: Any) -> list[str]:
    """Return the command-line words that set an option; none for its default."""
    default = json_ready({"": declaration.default})[""]
    if value == default or value is None:
        return []
    if declaration.kind is bool:
        return [declaration.flag if value else declaration.negative_flags[0]]
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return [declaration.flag, text]


def library_versions() -> dict[str, str]:
    """Return the versions of everything that the numbers of a run depend on."""
    versions = {name: metadata.version(name) for name in _LIBRARIES}
    return {"theta": __version__, "python": platform.python_version(), **versions}


def json_ready(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return option values with paths as text and tuples as lists."""

    def ready(value: Any) -> Any:
        if isinstance(value, Path):
            return str(value)
        return [ready(item) for item in value] if isinstance(value, (list, tuple)) else value

    return {name: ready(value) for name, value in values.items()}


def _git_commit() -> str | None:
    """Return the commit of the checkout that the program runs from; None outside a checkout."""
    source = Path(__file__).resolve().parents[2]
    if not (source / ".git").exists():
        return None
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=source, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return None  # git is not installed; config.json has the version number all the same
    return answer.stdout.strip() or None
