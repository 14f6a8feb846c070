"""The options of python -m theta.plots."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.run import RunOptions


@dataclass(frozen=True)
class PlotOptions:
    """The options of drawing the charts of a finished run again."""

    run: Path | None = option(None, "Folder of the finished run.", metavar="DIR")
    only: tuple[str, ...] = option(
        (), "Names of charts, or report for the report page, separated by commas. Default: all."
    )
    dpi: int = option(300, "Dots per inch of the PNG files.", valid=(30, 1200), usual=(72, 600))
    language: str = redeclare(RunOptions, "language", "en")
