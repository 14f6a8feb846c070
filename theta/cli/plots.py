"""python -m theta.plots: draw the charts and the report page of a finished run again."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import print_result, run_command
from theta.cli.start import required_run, start
from theta.layout import ProjectPaths
from theta.options.plots import PlotOptions

DESCRIPTION = "Draw the charts and the report page of a finished run again."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    options = start(argv, DESCRIPTION, PlotOptions)
    folder = required_run(options.run)
    # Imported late, so that --help does not load numpy or matplotlib.
    from theta.pipeline.draw import redraw

    drawn = redraw(
        folder,
        ProjectPaths.from_environment(),
        only=options.only,
        dpi=options.dpi,
        language=options.language,
    )
    for path in drawn:
        print_result(str(path))
    return 0
