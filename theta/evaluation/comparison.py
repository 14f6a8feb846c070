"""A table of runs: the options in which they differ, all metrics and the training time."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from theta.errors import InvalidOption
from theta.evaluation.comparability import TEST, topic_count_notes, unranked
from theta.evaluation.metrics import METRICS
from theta.evaluation.seed_noise import SeedRow, SeedValues, compare_seeds, reference_of

NAME = "run"
SECONDS = "seconds"
TOPICS = "num_topics"
Cell = Any
"""A JSON value; None if a run has none."""


@dataclass(frozen=True)
class ComparedRun:
    """One finished run.

    Attributes
    ----------
    name : str
    options : mapping of str to JSON value
    metrics : mapping of str to (float or None)
    seconds : float or None
        Training time.
    seeds : mapping of str to (mapping of str to (float or None))
        Metrics by seed, of a run that was trained with several seeds.
    documents : mapping of str to str
        By metric: the name of the documents on which the run was evaluated.
    corpus : str
        An identifier of its corpus.
    """

    name: str
    options: Mapping[str, Cell]
    metrics: Mapping[str, float | None]
    seconds: float | None
    seeds: SeedValues = field(default_factory=dict)
    documents: Mapping[str, str] = field(default_factory=dict)
    corpus: str = ""


@dataclass(frozen=True)
class Comparison:
    """A table of runs.

    Attributes
    ----------
    columns : tuple of str
        The name, the options that differ, the metrics, the seconds.
    rows : tuple of tuple
        One cell per column; None if the run has no such option or value.
    best : mapping of str to frozenset of int
        For each metric and the seconds: the rows with the best value; none if all are equal or the
        runs were evaluated on different documents.
    seeds : tuple of SeedRow
        Mean and spread of the runs that were trained with several seeds.
    reference : str, optional
        The run whose lead over the others is in `seeds`.
    unranked : frozenset of str
        Metrics that were computed on different documents.
    notes : tuple of str
        Sentences for the reader.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    best: Mapping[str, frozenset[int]]
    seeds: tuple[SeedRow, ...] = ()
    reference: str | None = None
    unranked: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def compare_runs(
    runs: Sequence[ComparedRun], sort_by: str, reference_model: str | None = None
) -> Comparison:
    """Return the table of runs, sorted by one of its columns.

    Metrics are sorted from best to worst, other columns ascending; runs without a value come last,
    and ties are sorted by name.

    Parameters
    ----------
    runs : sequence of ComparedRun
    sort_by : str
        A metric, an option, ``seconds`` or ``run``.
    reference_model : str, optional
        The model whose lead over the others is reported if several seeds were trained.

    Raises
    ------
    InvalidOption
        If no run has such a column.
    """
    metrics = [name for name in METRICS if any(name in run.metrics for run in runs)]
    not_ranked, notes = unranked(
        {metric: [_documents(run, metric) for run in runs] for metric in metrics},
        [run.corpus for run in runs],
    )
    if not_ranked or len({run.options.get("mode") for run in runs}) > 1:
        # The metrics that are comparable between modes come first.
        metrics.sort(key=lambda metric: not metric.endswith(TEST))
    columns = (NAME, *_differing_options(runs), *metrics, SECONDS)
    if sort_by not in columns and not any(sort_by in run.options for run in runs):
        raise InvalidOption(f"--sort_by {sort_by}: {_suggest(sort_by, columns)}")

    ordered = sorted(runs, key=lambda run: _natural(run.name))
    ordered.sort(key=lambda run: _natural(_cell(run, sort_by)), reverse=_is_higher_better(sort_by))
    ordered.sort(key=lambda run: _cell(run, sort_by) is None)
    rows = tuple(tuple(_cell(run, column) for column in columns) for run in ordered)
    best = {
        column: frozenset()
        if column in not_ranked
        else _best_rows([row[columns.index(column)] for row in rows], column)
        for column in (*metrics, SECONDS)
    }
    models = {run.name: str(run.options.get("model")) for run in runs}
    reference = reference_of(models, reference_model)
    by_seed = {run.name: run.seeds for run in ordered}
    seeds = compare_seeds(by_seed, reference, apart=not_ranked)
    notes += topic_count_notes([run.options.get(TOPICS) for run in runs], metrics)
    return Comparison(columns, rows, best, tuple(seeds), reference, not_ranked, notes)


def _documents(run: ComparedRun, metric: str) -> str | None:
    return None if run.metrics.get(metric) is None else run.documents.get(metric, "")


def _differing_options(runs: Sequence[ComparedRun]) -> list[str]:
    """Return the options in which runs differ; options that some models lack do not count."""
    values: dict[str, list[Cell]] = {}
    for run in runs:
        for name, value in run.options.items():
            values.setdefault(name, []).append(value)
    # If each run is named after its model, a column `model` would repeat the names.
    names = [run.name for run in runs]
    return [
        name
        for name, cells in values.items()
        if cells != names and any(cell != cells[0] for cell in cells)
    ]


def _cell(run: ComparedRun, column: str) -> Cell:
    if column == NAME:
        return run.name
    if column == SECONDS:
        return run.seconds
    return run.metrics.get(column) if column in METRICS else run.options.get(column)


def _is_higher_better(column: str) -> bool:
    return column in METRICS and METRICS[column].better == "higher"


def _best_rows(cells: Sequence[float | None], column: str) -> frozenset[int]:
    values = {cell for cell in cells if cell is not None}
    if len(values) < 2:
        return frozenset()
    best = max(values) if _is_higher_better(column) else min(values)
    return frozenset(i for i, cell in enumerate(cells) if cell == best)


def _natural(cell: Cell) -> tuple[int, float, list[tuple[float, str]]]:
    """Sort numbers by value, before texts; texts with the numbers in them by value: K5, K10."""
    if isinstance(cell, (int, float)):
        return 0, cell, []
    parts = re.findall(r"(\d+)|(\D+)", str(cell))
    return 1, 0.0, [(float(digits) if digits else -1.0, text) for digits, text in parts]


def _suggest(sort_by: str, columns: Sequence[str]) -> str:
    by_folded = {column.lower(): column for column in columns}
    near = difflib.get_close_matches(sort_by.lower(), by_folded, n=1)
    if near:
        return f"did you mean {by_folded[near[0]]}?"
    return f"no run has it; choose one of {', '.join(columns)}"
