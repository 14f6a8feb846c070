"""The options of python -m theta.relations."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.finished_run import ShareAnalysisOptions


@dataclass(frozen=True)
class RelationOptions(ShareAnalysisOptions):
    """The options of estimating how the topics of a finished run relate."""
