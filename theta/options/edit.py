"""The options of theta edit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.finished_run import FinishedRunOptions
from theta.options.run import RunOptions


@dataclass(frozen=True)
class EditOptions(FinishedRunOptions):
    """The options of editing the topics of a finished run."""

    edits: Path | None = option(None, "YAML file of edits, in their order.", metavar="FILE")
    reduce_to: int | None = option(
        None,
        "Merge the topics that are most alike until so many are left, by the hierarchy over them.",
        valid=(1, None),
    )
    undo: bool = option(False, "Take the last edit back.")
    skip_eval: bool = redeclare(RunOptions, "skip_eval", False)
    skip_viz: bool = redeclare(RunOptions, "skip_viz", False)
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)
