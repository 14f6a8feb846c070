"""The options of python -m theta.relations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.effects import EffectOptions
from theta.options.run import RunOptions, check_draws


@dataclass(frozen=True)
class RelationOptions:
    """The options of estimating how the topics of a finished run relate."""

    run: Path | None = option(None, "Folder of the finished run.", metavar="DIR")
    draws: int = redeclare(RunOptions, "draws", 25)
    gpu: int | None = redeclare(RunOptions, "gpu", None)
    threads: int | str = redeclare(RunOptions, "threads", "auto")
    language: str = redeclare(RunOptions, "language", "en")
    dpi: int = redeclare(EffectOptions, "dpi", 300)
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)

    def __post_init__(self) -> None:
        check_draws(self.draws)
