"""The options of python -m theta.effects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.run import RunOptions, check_draws, check_shares


@dataclass(frozen=True)
class EffectOptions:
    """The options of estimating the effects of covariates in a finished run."""

    run: Path | None = option(None, "Folder of the finished run.", metavar="DIR")
    effects: str | None = redeclare(RunOptions, "effects", None)
    response: str = redeclare(RunOptions, "response", "share")
    draws: int = redeclare(RunOptions, "draws", 25)
    shares: str = redeclare(RunOptions, "shares", "calibrated")
    prevalence: str | None = redeclare(RunOptions, "prevalence", None)
    permutation_test: str | None = redeclare(RunOptions, "permutation_test", None)
    permutations: int = redeclare(RunOptions, "permutations", 99)
    cluster: str | None = redeclare(RunOptions, "cluster", None)
    pool_below: int = redeclare(RunOptions, "pool_below", 5)
    gpu: int | None = redeclare(RunOptions, "gpu", None)
    threads: int | str = redeclare(RunOptions, "threads", "auto")
    language: str = redeclare(RunOptions, "language", "en")
    dpi: int = option(300, "Dots per inch of the PNG files.", valid=(30, 1200), usual=(72, 600))
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)

    def __post_init__(self) -> None:
        check_draws(self.draws)
        check_shares(self.shares, self.prevalence, self.permutation_test)
