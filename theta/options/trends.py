"""The options of python -m theta.trends."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.declare import redeclare
from theta.options.finished_run import ShareAnalysisOptions
from theta.options.run import RunOptions


@dataclass(frozen=True)
class TrendOptions(ShareAnalysisOptions):
    """The options of estimating the topics over time in a finished run."""

    period: str = redeclare(RunOptions, "period", "auto")
