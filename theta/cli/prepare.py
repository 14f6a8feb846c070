"""prepare_data.py: documents in, corpus and embeddings out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from theta.cli.console import print_result, run_command, start_logging
from theta.cli.parser import CommandLine, read_command_line
from theta.layout import Places
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions, declarations, resolve
from theta.options.resolve import read_config, read_value

logger = logging.getLogger(__name__)

DESCRIPTION = "Turn documents into a corpus (words, counts) and into embeddings."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    line = read_command_line(argv, DESCRIPTION, {"options": PrepareOptions})
    configured = read_prepare_section(line)
    resolved = resolve({"prepare": PrepareOptions}, line.typed, configured, line.problems)
    options: PrepareOptions = resolved.groups["prepare"]
    start_logging(quiet=options.quiet, verbose=options.verbose)
    for warning in resolved.warnings:
        logger.warning("%s", warning)
    places = Places.from_environment()
    from theta.pipeline import prepare, status

    if options.list_datasets:
        print_result(prepare.list_datasets(places))
        return 0
    if options.check_only:
        found = status.prepare_status(options, places)
        print_result(status.describe(found))
        return 0 if all(item.ready for item in found) else 2
    report = prepare.prepare(options, places)
    print_result(report.summary())
    return 0


def read_prepare_section(line: CommandLine) -> Mapping[str, Mapping[str, Any]]:
    """Return the YAML values of the file that was typed after ``--config``."""
    if "config" not in line.typed:
        return {}
    path = read_value(declarations(PrepareOptions)["config"], line.typed["config"])
    models = {name: model.Options for name, model in MODELS.items()}
    return read_config(path, {"prepare": PrepareOptions, "run": RunOptions, **models})
