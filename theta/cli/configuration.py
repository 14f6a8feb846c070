"""The YAML file that --config names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from theta.cli.parser import CommandLine
from theta.errors import InvalidOption
from theta.models import MODELS
from theta.options import (
    PrepareOptions,
    RunOptions,
    Scope,
    declarations,
    former_names,
    in_scope,
)
from theta.options.resolve import did_you_mean, read_option
from theta.options.yaml_files import read_yaml

Configured = Mapping[str, Mapping[str, Any]]
"""The YAML values of each group of options."""


def read_sections(line: CommandLine) -> Configured:
    """Return the YAML values of the ``--config`` file, by group of options."""
    sections: dict[str, type] = {"prepare": PrepareOptions, "run": RunOptions}
    sections |= {name: model.Options for name, model in MODELS.items()}
    if "config" not in line.typed:
        return {name: {} for name in sections}
    path = read_option(declarations(RunOptions)["config"], line.typed["config"])
    return read_config(path, sections)


def read_config(path: Path, sections: Mapping[str, type]) -> dict[str, dict[str, Any]]:
    """Return the values of a YAML file by group.

    The file has the sections ``prepare:`` and ``run:``. Options of models go into
    ``run:``: directly, for every model that has them, or under the name of a model, for that model
    only.

    Parameters
    ----------
    path : Path
    sections : mapping of str to dataclass
        ``prepare``, ``run`` and every model by name.

    Raises
    ------
    MissingFile, InvalidOption
    """
    loaded = read_yaml(path, "--config")
    content = {} if loaded is None else loaded
    if not isinstance(content, dict):
        raise InvalidOption(f"--config {path}: needs the sections prepare: and run:")
    values: dict[str, dict[str, Any]] = {name: {} for name in sections}
    problems: list[str] = []
    for section, entries in content.items():
        if section not in ("prepare", "run"):
            hint = did_you_mean(str(section), ("prepare", "run"))
            problems.append(f"{path}: unknown section {section}{hint or ' (prepare: and run:)'}")
        elif entries is not None and not isinstance(entries, dict):
            problems.append(f"{path}: {section}: needs one option per line")
        else:
            _sort_entries(section, entries or {}, sections, values, problems, path)
    if problems:
        raise InvalidOption("\n".join(problems))
    return values


def _sort_entries(
    section: str,
    entries: Mapping[Any, Any],
    sections: Mapping[str, type],
    values: dict[str, dict[str, Any]],
    problems: list[str],
    path: Path,
) -> None:
    models = [name for name in sections if name not in ("prepare", "run")]
    groups = [section] if section == "prepare" else [section, *models]
    own: list[tuple[str, str, Any]] = []
    for key, value in entries.items():
        name = str(key).replace("-", "_")
        if section == "run" and name in models and isinstance(value, (dict, type(None))):
            own += [(name, str(k).replace("-", "_"), v) for k, v in (value or {}).items()]
            continue
        takers = [group for group in groups if name in _names(sections[group])]
        if not takers:
            known = sorted({n for group in groups for n in _names(sections[group])})
            problems.append(
                f"{path}: unknown option {key} in {section}:{did_you_mean(name, known)}"
            )
        for taker in takers:
            values[taker][name] = value
    for model, name, value in own:
        known = _names(sections[model])
        if name not in known:
            problems.append(f"{path}: unknown option {name} in {model}:{did_you_mean(name, known)}")
        values[model][name] = value


def _names(options: type) -> list[str]:
    return [*in_scope(options, Scope.YAML), *former_names(options)]
