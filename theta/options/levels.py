"""The options of theta levels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.run import RunOptions


@dataclass(frozen=True)
class LevelOptions:
    """The options of reading a finished run with fewer topics."""

    run: Path | None = option(None, "Folder of the finished run.", metavar="DIR")
    levels: tuple[int, ...] = redeclare(RunOptions, "levels", ())
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)
