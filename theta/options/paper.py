"""The options of python -m theta.paper."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.run import RunOptions


@dataclass(frozen=True)
class PaperOptions:
    """The options of writing what a paper needs of a finished run."""

    run: Path | None = option(None, "Folder of the finished run.", metavar="DIR")
    out: Path | None = option(
        None, "Folder to write into. Default: RUN_paper beside the run.", metavar="DIR"
    )
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)
