"""theta levels: read a finished run with fewer topics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from theta.cli.show.runs import show_levels
from theta.cli.start import work_on_run
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options.levels import LevelOptions

DESCRIPTION = "Read a finished run with fewer topics, by the hierarchy over its topics."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return work_on_run(argv, DESCRIPTION, LevelOptions, _levels)


def _levels(folder: Path, project: ProjectPaths, options: LevelOptions) -> None:
    if not options.levels:
        raise InvalidOption("--levels is missing: name numbers of topics, as in --levels 5,20")
    # Imported late, so that --help does not load numpy, scipy or torch.
    from theta.pipeline import levels

    run, shown = levels.add_levels(folder, project, options.levels)
    show_levels(run, shown, as_json=options.json)
