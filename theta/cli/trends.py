"""python -m theta.trends: topics over time in a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.show.analyses import show_trends
from theta.cli.start import work_on_run
from theta.layout import ProjectPaths
from theta.options.trends import TrendOptions

DESCRIPTION = "Estimate how the topics of a finished run change over time."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, TrendOptions, _estimate)


def _estimate(folder: Path, project: ProjectPaths, options: TrendOptions) -> None:
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import trends
    from theta.pipeline.device import choose_device

    run, figures = trends.add_trends(folder, project, options, choose_device(options.gpu))
    show_trends(run, figures, as_json=options.json)
