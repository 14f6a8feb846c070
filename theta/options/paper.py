"""The options of python -m theta.paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.finished_run import FinishedRunOptions
from theta.options.run import RunOptions


@dataclass(frozen=True)
class PaperOptions(FinishedRunOptions):
    """The options of writing what a paper needs of a finished run."""

    out: Path | None = option(
        None, "Folder to write into. Default: RUN_paper beside the run.", metavar="DIR"
    )
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)
