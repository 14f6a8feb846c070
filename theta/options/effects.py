"""The options of python -m theta.effects."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.declare import redeclare
from theta.options.finished_run import ShareAnalysisOptions
from theta.options.run import RunOptions, check_shares


@dataclass(frozen=True)
class EffectOptions(ShareAnalysisOptions):
    """The options of estimating the effects of covariates in a finished run."""

    effects: str | None = redeclare(RunOptions, "effects", None)
    response: str = redeclare(RunOptions, "response", "share")
    prevalence: str | None = redeclare(RunOptions, "prevalence", None)
    permutation_test: str | None = redeclare(RunOptions, "permutation_test", None)
    permutations: int = redeclare(RunOptions, "permutations", 99)
    cluster: str | None = redeclare(RunOptions, "cluster", None)
    pool_below: int = redeclare(RunOptions, "pool_below", 5)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_shares(self.shares, self.prevalence, self.permutation_test)
