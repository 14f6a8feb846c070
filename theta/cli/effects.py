"""python -m theta.effects: effects of covariates on the topic shares of a finished run."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from theta.cli.console import run_command, start_logging
from theta.cli.parser import read_command_line
from theta.cli.show import show_effects
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options import resolve
from theta.options.effects import EffectOptions

logger = logging.getLogger(__name__)

DESCRIPTION = "Regress the topic shares of a finished run on covariates of its documents."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    line = read_command_line(argv, DESCRIPTION, {"options": EffectOptions}, operand="effects")
    resolved = resolve({"effects": EffectOptions}, line.typed, {}, line.problems)
    options: EffectOptions = resolved.groups["effects"]
    start_logging(quiet=options.quiet, verbose=options.verbose)
    for warning in resolved.warnings:
        logger.warning("%s", warning)
    if options.run is None:
        raise InvalidOption("--run is missing: name the folder of a finished run")
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import effects
    from theta.pipeline.device import choose_device

    run, figures = effects.add_effects(
        options.run, ProjectPaths.from_environment(), options, choose_device(options.gpu)
    )
    show_effects(run, figures, as_json=options.json)
    return 0
