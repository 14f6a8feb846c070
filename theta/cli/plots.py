"""python -m theta.plots: draw the charts and the report page of a finished run again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.console import print_result
from theta.cli.start import work_on_run
from theta.layout import ProjectPaths
from theta.options.plots import PlotOptions

DESCRIPTION = "Draw the charts and the report page of a finished run again."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, PlotOptions, _draw)


def _draw(folder: Path, project: ProjectPaths, options: PlotOptions) -> None:
    # Imported late, so that --help does not load numpy or matplotlib.
    from theta.pipeline.draw import redraw

    drawn = redraw(
        folder,
        project,
        only=options.only,
        dpi=options.dpi,
        language=options.language,
    )
    for path in drawn:
        print_result(str(path))
