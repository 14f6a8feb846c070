"""The options of python -m theta.plots."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.declare import option, redeclare
from theta.options.finished_run import FinishedRunOptions, ShareAnalysisOptions
from theta.options.run import RunOptions


@dataclass(frozen=True)
class PlotOptions(FinishedRunOptions):
    """The options of drawing the charts of a finished run again."""

    only: tuple[str, ...] = option(
        (), "Names of charts, or report for the report page, separated by commas. Default: all."
    )
    dpi: int = redeclare(ShareAnalysisOptions, "dpi", 300)
    language: str = redeclare(RunOptions, "language", "en")
