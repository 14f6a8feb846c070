"""theta intrusion: topics judged by coders."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from theta.cli.console import (
    format_number,
    format_table,
    print_json,
    print_result,
    run_command,
)
from theta.cli.start import required_run, start
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options.intrusion import KitComparisonOptions, KitOptions, ScoreOptions
from theta.options.resolve import did_you_mean

if TYPE_CHECKING:
    from theta.pipeline.intrusion import KitReport, ScoreReport


@dataclass(frozen=True)
class Action:
    """One of the words that follow ``theta intrusion``.

    Attributes
    ----------
    options : dataclass
    run : callable
        Does the work.
    summary : str
        One line of help.
    operand : str
        Option that takes the words without a flag; empty if there are none.
    """

    options: type
    run: Callable[[Any], None]
    summary: str
    operand: str = ""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_command(lambda: _main(argv))


def _main(argv: Sequence[str] | None) -> int:
    name, *words = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("-h", "--help"):
        print_result(_help())
        return 0
    if name not in ACTIONS:
        raise InvalidOption(
            f"theta intrusion {name}: the actions are {', '.join(ACTIONS)}"
            f"{did_you_mean(name, ACTIONS)}"
        )
    action = ACTIONS[name]
    action.run(start(words, action.summary, action.options, action.operand))
    return 0


def _make(options: KitOptions) -> None:
    # Imported late, here and below, so that --help does not load numpy.
    from theta.pipeline.intrusion import make

    report = make(required_run(options), ProjectPaths.from_environment(), options)
    if options.json:
        print_json({"kit": report.kit.name, "files": report.files, "key": report.key})
        return
    _show_kit(report, options)


def _show_kit(report: KitReport, options: KitOptions) -> None:
    settings = report.kit.settings
    rows = [["task", "items per coder", "different items", "seen by several coders"]]
    first = [report.kit.items[question.item].task for question in report.kit.of_coder(1)]
    rows += [
        [task, str(first.count(task)), str(different), str(common)]
        for task, (different, common) in report.counts().items()
    ]
    print_result(format_table(rows, right=(1, 2, 3)))
    print_result()
    folder = report.files[0].parent.absolute()
    print_result(f"Files for {settings['coders']} coders are in {folder}:")
    for path in report.files:
        print_result(f"  {path.name}")
    print_result("A coder needs the page, or the spreadsheet and the instructions.")
    print_result(f"The key is in {report.key.absolute()}; do not give it to the coders.")
    print_result(
        f"When answers are back: theta intrusion score --run {options.run} {report.answers}/*"
    )


def _score(options: ScoreOptions) -> None:
    from theta.pipeline.intrusion import score_run

    if (options.coder_api_base is None) != (options.coder_model is None):
        raise InvalidOption("--coder_api_base and --coder_model are needed together")
    if not options.answers and options.coder_api_base is None:
        raise InvalidOption(
            "no answers: name the coders' files: theta intrusion score --run RUN FILE..."
        )
    report = score_run(required_run(options), ProjectPaths.from_environment(), options)
    if options.json:
        print_json(report.scores)
        return
    _show_scores(report)


def _show_scores(report: ScoreReport) -> None:
    columns = ["task", "value", "95 % interval", "chance", "answers", "items", "coders", "alpha"]
    rows = [columns]
    for task, scored in report.scores.items():
        cells = [scored[name] for name in ("chance", "answers", "items", "coders", "alpha")]
        rows.append([task, *_value(scored), *map(format_number, cells)])
    print_result(format_table(rows, right=range(1, len(columns))))
    print_result()
    print_result(
        "Value: share of the answers that name the intruder; for rating: mean from 1 to 3. "
        "Interval: over topics. Alpha: Krippendorff's, of the answers to common items."
    )
    for task, scored in report.scores.items():
        if scored["interval"] and scored["chance"] and scored["interval"][0] <= scored["chance"]:
            print_result(f"{task}: not distinguishable from chance.")
    print_result()
    print_result(format_table(_topic_rows(report.scores), right=range(1, 10)))
    print_result()
    print_result(format_table(_coder_rows(report.scores), right=range(1, 10)))
    print_result()
    print_result(
        f"{report.n_counted} of {report.n_answers} rows count; each is in "
        f"{report.files.intrusion_ledger.absolute()}"
    )
    print_result(
        f"Scores are in {report.files.intrusion_scores.absolute()}, "
        f"{report.files.topics_table.name} and the page"
    )


def _value(scored: Mapping[str, Any]) -> tuple[str, str]:
    interval = "-" if scored["interval"] is None else " to ".join(map(_short, scored["interval"]))
    return _short(scored["value"]), interval


def _short(value: float) -> str:
    return f"{value:.2f}"


def _topic_rows(scores: Mapping[str, Any]) -> list[list[str]]:
    """Return the table of topics: value and number of answers in each task."""
    cells = {
        (row["topic"], task): f"{_short(row['value'])} ({row['answers']})"
        for task, scored in scores.items()
        for row in scored["per_topic"]
    }
    topics = sorted({topic for topic, _ in cells})
    rows = [["topic", *scores]]
    rows += [[str(topic), *(cells.get((topic, task), "-") for task in scores)] for topic in topics]
    return rows


def _coder_rows(scores: Mapping[str, Any]) -> list[list[str]]:
    coders = sorted({coder for scored in scores.values() for coder in scored["by_coder"]})
    rows = [["coder", *scores]]
    for coder in coders:
        own = [scored["by_coder"].get(coder) for scored in scores.values()]
        rows.append(
            [coder, *("-" if o is None else f"{_short(o['value'])} ({o['answers']})" for o in own)]
        )
    return rows


def _compare(options: KitComparisonOptions) -> None:
    from theta.pipeline.intrusion import compare_scores

    comparison = compare_scores(options.runs)
    if options.json:
        print_json(comparison)
        return
    rows = [["task", "run", "value", "95 % interval", "answers", "chance"]]
    for name, scores in comparison["runs"].items():
        for task, scored in scores.items():
            counts = [format_number(scored[key]) for key in ("answers", "chance")]
            rows.append([task, name, *_value(scored), *counts])
    print_result(format_table(rows, right=(2, 3, 4, 5)))
    first = next(iter(comparison["runs"]))
    rows = [["task", f"{first} minus", "difference", "95 % interval", ""]]
    for row in comparison["differences"]:
        interval = row["interval"]
        verdict = (
            "" if interval is None else "clear" if interval[0] * interval[1] > 0 else "unclear"
        )
        shown = "-" if interval is None else " to ".join(f"{end:+.2f}" for end in interval)
        rows.append([row["task"], row["other"], f"{row['difference']:+.2f}", shown, verdict])
    print_result()
    print_result(format_table(rows, right=(2, 3)))


ACTIONS = {
    "make": Action(KitOptions, _make, "Make spreadsheets and pages for coders, and the key."),
    "score": Action(
        ScoreOptions, _score, "Score the coders' answers: theta intrusion score FILE...", "answers"
    ),
    "compare": Action(
        KitComparisonOptions,
        _compare,
        "Compare runs that were scored: theta intrusion compare RUN RUN...",
        "runs",
    ),
}
"""What the program does, by the word that follows its name."""


def _help() -> str:
    rows = [["", "action", ""], *(["", name, one.summary] for name, one in ACTIONS.items())]
    return (
        "usage: theta intrusion ACTION [options]\n\n"
        "Let people judge the topics of a run: intrusion tasks and ratings.\n\n"
        f"{format_table(rows)}\n\n"
        "theta intrusion ACTION --help lists the options of an action."
    )
