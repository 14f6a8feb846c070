"""python -m theta.plots: draw the charts and the report page of a finished run again."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import print_result, run_command, start_logging
from theta.cli.parser import read_command_line
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options import resolve
from theta.options.plots import PlotOptions

DESCRIPTION = "Draw the charts and the report page of a finished run again."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    line = read_command_line(argv, DESCRIPTION, {"options": PlotOptions})
    resolved = resolve({"plots": PlotOptions}, line.typed, {}, line.problems)
    options: PlotOptions = resolved.groups["plots"]
    start_logging(quiet=False, verbose=False)
    if options.run is None:
        raise InvalidOption("--run is missing: name the folder of a finished run")
    # Imported late, so that --help does not load numpy or matplotlib.
    from theta.pipeline.draw import redraw

    drawn = redraw(
        options.run,
        ProjectPaths.from_environment(),
        only=options.only,
        dpi=options.dpi,
        language=options.language,
    )
    for path in drawn:
        print_result(str(path))
    return 0
