"""The options of theta label."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.declare import redeclare
from theta.options.finished_run import FinishedRunOptions
from theta.options.run import RunOptions, check_label_server


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
