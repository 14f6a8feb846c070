"""The options of the programs that work on a finished run, except kits for coders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.run import RunOptions, check_draws, check_label_server, check_shares


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


@dataclass(frozen=True)
class PlotOptions(FinishedRunOptions):
    """The options of drawing the charts of a finished run again."""

    only: tuple[str, ...] = option(
        (), "Names of charts, or report for the report page, separated by commas. Default: all."
    )
    dpi: int = redeclare(ShareAnalysisOptions, "dpi", 300)
    language: str = redeclare(RunOptions, "language", "en")


@dataclass(frozen=True)
class EditOptions(FinishedRunOptions):
    """The options of editing the topics of a finished run."""

    edits: Path | None = option(None, "YAML file of edits, in their order.", metavar="FILE")
    reduce_to: int | None = option(
        None,
        "Merge the topics that are most alike until so many are left, by the hierarchy over them.",
        valid=(1, None),
    )
    undo: bool = option(False, "Undo the last edit.")
    skip_eval: bool = redeclare(RunOptions, "skip_eval", False)
    skip_viz: bool = redeclare(RunOptions, "skip_viz", False)
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)


@dataclass(frozen=True)
class LabelOptions(FinishedRunOptions):
    """The options of naming the topics of a finished run."""

    label_api_base: str | None = redeclare(RunOptions, "label_api_base", None)
    label_model: str | None = redeclare(RunOptions, "label_model", None)
    label_api_key_env: str | None = redeclare(RunOptions, "label_api_key_env", None)
    skip_viz: bool = redeclare(RunOptions, "skip_viz", False)
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)

    def __post_init__(self) -> None:
        check_label_server(self.label_api_base, self.label_model)


@dataclass(frozen=True)
class LevelOptions(FinishedRunOptions):
    """The options of reading a finished run with fewer topics."""

    levels: tuple[int, ...] = redeclare(RunOptions, "levels", ())
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)


@dataclass(frozen=True)
class PaperOptions(FinishedRunOptions):
    """The options of writing what a paper needs of a finished run."""

    out: Path | None = option(
        None, "Folder to write into. Default: RUN_paper beside the run.", metavar="DIR"
    )
    json: bool = redeclare(RunOptions, "json", False)
    quiet: bool = redeclare(RunOptions, "quiet", False)
    verbose: bool = redeclare(RunOptions, "verbose", False)


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


@dataclass(frozen=True)
class TrendOptions(ShareAnalysisOptions):
    """The options of estimating the topics over time in a finished run."""

    period: str = redeclare(RunOptions, "period", "auto")


@dataclass(frozen=True)
class RelationOptions(ShareAnalysisOptions):
    """The options of estimating how the topics of a finished run relate."""
