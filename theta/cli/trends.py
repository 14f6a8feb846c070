"""python -m theta.trends: topics over time in a finished run."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import run_command
from theta.cli.show import show_trends
from theta.cli.start import required_run, start
from theta.layout import ProjectPaths
from theta.options.trends import TrendOptions

DESCRIPTION = "Estimate how the topics of a finished run change over time."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    options = start(argv, DESCRIPTION, TrendOptions)
    folder = required_run(options.run)
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import trends
    from theta.pipeline.device import choose_device

    run, figures = trends.add_trends(
        folder, ProjectPaths.from_environment(), options, choose_device(options.gpu)
    )
    show_trends(run, figures, as_json=options.json)
    return 0
