"""python -m theta.effects: effects of covariates on the topic shares of a finished run."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import run_command
from theta.cli.show import show_effects
from theta.cli.start import required_run, start
from theta.layout import ProjectPaths
from theta.options.effects import EffectOptions

DESCRIPTION = "Regress the topic shares of a finished run on covariates of its documents."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    options = start(argv, DESCRIPTION, EffectOptions, operand="effects")
    folder = required_run(options.run)
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import effects
    from theta.pipeline.device import choose_device

    run, figures = effects.add_effects(
        folder, ProjectPaths.from_environment(), options, choose_device(options.gpu)
    )
    show_effects(run, figures, as_json=options.json)
    return 0
