"""theta levels: read a finished run with fewer topics."""

from __future__ import annotations

from collections.abc import Sequence

from theta.cli.console import run_command
from theta.cli.show import show_levels
from theta.cli.start import required_run, start
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options.levels import LevelOptions

DESCRIPTION = "Read a finished run with fewer topics, by the hierarchy over its topics."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    options = start(argv, DESCRIPTION, LevelOptions)
    folder = required_run(options.run)
    if not options.levels:
        raise InvalidOption("--levels is missing: name numbers of topics, as in --levels 5,20")
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import levels

    run, shown = levels.add_levels(folder, ProjectPaths.from_environment(), options.levels)
    show_levels(run, shown, as_json=options.json)
    return 0
