"""The options that programs on a finished run have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.run import RunOptions, check_draws


@dataclass(frozen=True)
class FinishedRunOptions:
    """The option of every program that works on a finished run."""

    run: Path | None = option(None, "Folder of the finished run.", metavar="DIR")


@dataclass(frozen=True)
class ShareAnalysisOptions(FinishedRunOptions):
    """The options of every analysis of the topic shares of a finished run."""

    shares: str = redeclare(RunOptions, "shares", "calibrated")
    draws: int = redeclare(RunOptions, "draws", 25)
    gpu: int | None = redeclare(RunOptions, "gpu", None)
    threads: int | str = redeclare(RunOptions, "threads", "auto")
    language: str = redeclare(RunOptions, "language", "en")
    dpi: int = option(300, "Dots per inch of the PNG files.", valid=(30, 1200), usual=(72, 600))
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)

    def __post_init__(self) -> None:
        check_draws(self.draws)
