"""The options of theta levels."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.declare import redeclare
from theta.options.finished_run import FinishedRunOptions
from theta.options.run import RunOptions


@dataclass(frozen=True)
class LevelOptions(FinishedRunOptions):
    """The options of reading a finished run with fewer topics."""

    levels: tuple[int, ...] = redeclare(RunOptions, "levels", ())
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)
