"""Prints the result of a search for settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from theta.cli.console import (
    as_called,
    format_number,
    format_table,
    print_json,
    print_result,
)
from theta.cli.show.runs import run_record, show_run

if TYPE_CHECKING:
    from theta.pipeline.run import Outcome
    from theta.tuning.conclusion import Conclusion

_SHOWN_SETTINGS = 10
"""Settings of a search in the table on the console; trials.csv has all."""


def show_search(conclusion: Conclusion, outcomes: Sequence[Outcome], *, as_json: bool) -> None:
    """Print the best settings of a search, the recommended one and why, and its run."""
    from theta.tuning.tables import describe_setting, record_of

    files = conclusion.plan.files
    if as_json:
        runs = [run_record(outcome) for outcome in outcomes]
        print_json({**record_of(conclusion), "folder": str(files.root.absolute()), "runs": runs})
        return
    for outcome in outcomes:
        if outcome.run is not None:
            show_run(outcome.run)
    names = [objective.name for objective in conclusion.objectives]
    options = list(conclusion.recommended.setting)
    marks = dict.fromkeys(conclusion.equals, "=") | {conclusion.recommended.number: "*"}
    settings = {trial.number: trial.setting for trial in conclusion.trials}
    best = sorted(conclusion.standing, key=lambda number: -conclusion.standing[number])
    rows = [["", *options, *names, "front"]]
    for number in best[:_SHOWN_SETTINGS]:
        values = [format_number(conclusion.values[number][name]) for name in names]
        chosen = [str(settings[number][name]) for name in options]
        front = "yes" if number in conclusion.front else ""
        rows.append([marks.get(number, ""), *chosen, *values, front])
    print_result()
    print_result(format_table(rows, right=range(1, len(rows[0]) - 1)))
    print_result()
    print_result(f"* recommended: {describe_setting(conclusion.recommended.setting)}")
    for reason in conclusion.reasons:
        print_result(f"  {reason}")
    if conclusion.equals:
        print_result("= cannot be told apart from it")
    for note in conclusion.notes:
        print_result(note)
    print_result(f"Its command: {as_called(conclusion.command)}")
    print_result(f"The search is in {files.root.absolute()}: {files.trials.name} has every trial")
