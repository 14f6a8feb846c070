"""Prints how runs compare, and the spread of their metrics over seeds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.cli.console import (
    format_number,
    format_small,
    format_table,
    print_json,
    print_result,
    split_columns,
)

if TYPE_CHECKING:
    from theta.evaluation.seed_noise import SeedRow
    from theta.pipeline.compare import ComparisonReport

_TABLE_WIDTH = 110
"""Largest width of a table of runs; further columns go into another table below."""


def show_comparison(report: ComparisonReport, *, as_json: bool) -> None:
    """Print a table of runs with the best values marked, and the spread over seeds."""
    comparison = report.comparison
    if as_json:
        print_json(comparison_record(report))
        return
    columns = [
        _compared_column(name, cells, comparison.best.get(name, frozenset()))
        for name, *cells in zip(comparison.columns, *comparison.rows, strict=True)
    ]
    for block in split_columns(columns, _TABLE_WIDTH):
        numeric = [i for i, column in enumerate(block) if column[0].rstrip() in comparison.best]
        print_result(format_table(list(zip(*block, strict=True)), right=numeric))
        print_result()
    print_result(
        f"* best of its column. The table is also in {report.files.table} and {report.files.figure}"
    )
    for note in comparison.notes:
        print_result(note)
    if comparison.seeds:
        _show_seeds(comparison.seeds, comparison.reference, report.files.seeds)


def comparison_record(report: ComparisonReport) -> dict[str, Any]:
    """Return a comparison of runs, ready for JSON."""
    comparison = report.comparison
    rows = [dict(zip(comparison.columns, row, strict=True)) for row in comparison.rows]
    files = {"table": str(report.files.table), "figure": str(report.files.figure)}
    seeds = [{**asdict(row), "verdict": row.verdict} for row in comparison.seeds]
    return {
        "runs": rows,
        "not_ranked": [name for name in comparison.columns if name in comparison.unranked],
        "notes": comparison.notes,
        "seeds": seeds,
        "reference": comparison.reference,
        **files,
    }


def _compared_column(name: str, cells: Sequence[object], best: Collection[int]) -> list[str]:
    """Return a column as text; every cell leaves room for the star, so that digits align."""
    room = " " if best else ""
    marked = [format_number(cell) + ("*" if i in best else room) for i, cell in enumerate(cells)]
    return [name + room, *marked]


def _show_seeds(rows: Sequence[SeedRow], reference: str | None, file: Path) -> None:
    """Print mean and standard deviation of each metric, then the lead of the reference run."""
    runs = list(dict.fromkeys(row.run for row in rows))
    metrics = list(dict.fromkeys(row.metric for row in rows))
    cells = {(row.run, row.metric): row for row in rows}

    def table(title: str, columns: Sequence[str], text: Callable[[SeedRow], str]) -> None:
        lines = [[title, *columns]]
        for metric in metrics:
            of_metric = [cells.get((run, metric)) for run in columns]
            lines.append([metric, *("-" if row is None else text(row) for row in of_metric)])
        print_result()
        print_result(format_table(lines))

    n_seeds = sorted({row.spread.n_seeds for row in rows})
    table(f"mean ± sd of {' or '.join(map(str, n_seeds))} seeds", runs, _spread_text)
    others = [run for run in runs if run != reference]
    if reference is not None and any(row.lead is not None for row in rows):
        table(f"{reference} minus", others, _lead_text)
        print_result()
        print_result(
            "better, worse: by more than the noise of the seeds (the 95 % interval of the mean "
            f"difference, seed by seed, excludes 0); noise: not so. The table is also in {file}"
        )


def _spread_text(row: SeedRow) -> str:
    return f"{format_number(row.spread.mean)} ± {format_small(row.spread.sd)}"


def _lead_text(row: SeedRow) -> str:
    if row.lead is None:
        return "-"
    sign = "+" if row.lead.mean >= 0 else ""
    return f"{sign}{format_small(row.lead.mean)} {row.verdict}"
