"""The options of ``theta intrusion``: make, score, compare."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.options.declare import option, redeclare
from theta.options.finished_run import FinishedRunOptions
from theta.options.prepare import PrepareOptions
from theta.options.run import RunOptions

TASKS = ("words", "documents", "topics", "rating")
"""The tasks for coders, in the order in which they are shown: a later task shows words that would
give away the answers of an earlier one."""


@dataclass(frozen=True)
class KitOptions(FinishedRunOptions):
    """The options of making a kit for coders."""

    tasks: tuple[str, ...] = option(
        TASKS,
        "Tasks for the coders, separated by commas: find the intruder among words, documents or "
        "topics; rate the words of a topic from 1 to 3.",
        choices=TASKS,
    )
    coders: int = option(3, "Number of coders.", valid=(1, 99), usual=(2, 10))
    items: int = option(
        40, "Items of each task for each coder, spread over the topics.", valid=(1, 1000)
    )
    overlap: float = option(
        0.5,
        "Share of the items that all coders get, so that their agreement can be computed; the "
        "others go to one coder each. It grows where there are too few different items.",
        valid=(0.0, 1.0),
    )
    text_length: int = option(
        400, "Characters of a document that coders see.", valid=(40, 20_000), usual=(100, 2000)
    )
    spreadsheet: str = option("csv", "Format of the spreadsheets.", choices=("csv", "xlsx"))
    language: str = option(
        "en",
        "Language of the coders' files.",
        choices=("en", "zh"),
        aliases={"english": "en", "chinese": "zh"},
    )
    seed: int = redeclare(RunOptions, "seed", 0)
    output_dir: Path | None = option(
        None,
        "Folder of the coders' files. Default: the folder of the run with _intrusion added.",
        metavar="DIR",
    )
    json: bool = redeclare(PrepareOptions, "json", False)


@dataclass(frozen=True)
class ScoreOptions(FinishedRunOptions):
    """The options of scoring the coders' answers."""

    answers: tuple[Path, ...] = option(
        (), "Files with answers: .csv or .xlsx.", variadic=True, metavar="FILE"
    )
    coder_api_base: str | None = option(
        None,
        "Let a language model code the items too, on a server that speaks the OpenAI protocol at "
        "this URL. Words and texts of documents go there.",
    )
    coder_model: str | None = option(None, "Name of the language model on the server.")
    coder_api_key_env: str | None = option(
        None, "Environment variable that holds the API key of the server."
    )
    coder_answers: Path | None = option(
        None,
        "File for the language model's answers; those in it are not asked again. Default: "
        "answers/MODEL.csv in the folder of the kit.",
        metavar="FILE",
    )
    json: bool = redeclare(PrepareOptions, "json", False)


@dataclass(frozen=True)
class KitComparisonOptions:
    """The options of comparing the scores of several runs."""

    runs: tuple[Path, ...] = option(
        (), "Folders of runs that were scored.", variadic=True, metavar="RUN"
    )
    json: bool = redeclare(PrepareOptions, "json", False)
