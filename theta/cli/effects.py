"""python -m theta.effects: effects of covariates on the topic shares of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.show.analyses import show_effects
from theta.cli.start import work_on_run
from theta.layout import ProjectPaths
from theta.options.effects import EffectOptions

DESCRIPTION = "Regress the topic shares of a finished run on covariates of its documents."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, EffectOptions, _estimate, operand="effects")


def _estimate(folder: Path, project: ProjectPaths, options: EffectOptions) -> None:
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import effects
    from theta.pipeline.device import choose_device

    run, figures = effects.add_effects(folder, project, options, choose_device(options.gpu))
    show_effects(run, figures, as_json=options.json)
