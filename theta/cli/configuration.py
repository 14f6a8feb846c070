"""The YAML file that --config names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theta.cli.parser import CommandLine
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions, declarations
from theta.options.resolve import read_config, read_option

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
