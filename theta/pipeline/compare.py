"""Compare finished runs, for example those of a grid search."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from theta import storage
from theta.corpus.ledger import SPREADSHEET_ENCODING
from theta.errors import MissingFile, ThetaError
from theta.evaluation.comparison import NAME, TOPICS, ComparedRun, Comparison, compare_runs
from theta.evaluation.metrics import METRICS
from theta.evaluation.seed_noise import SeedRow
from theta.layout import ComparisonFiles, RunFiles
from theta.models import REFERENCE_MODEL
from theta.options import RunOptions, Scope, in_scope
from theta.pipeline.evaluate import values_of
from theta.plots import compare as compare_chart
from theta.plots.save import save
from theta.run import Run
from theta.run.folder import runs_below

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ComparisonReport:
    """A table of runs and where it was written."""

    comparison: Comparison
    files: ComparisonFiles


def compare(
    folders: Sequence[Path], sort_by: str, target: Path, names: Sequence[str] | None = None
) -> ComparisonReport:
    """Write the table of the finished runs among `folders` as CSV and as a figure.

    A folder that is not a run stands for the runs in it, up to four levels down. Folders without
    a finished run are skipped with a warning, so that a glob over a running grid search works.
    Runs are called by their folders unless `names` are passed.

    Raises
    ------
    MissingFile
        If there is no finished run among them.
    """
    if names is None:
        folders = [run for folder in folders for run in runs_below(folder) or [folder]]
    runs = []
    for folder, name in zip(folders, names or map(str, folders), strict=True):
        try:
            if folder.is_dir() and not RunFiles(folder).config.is_file():
                # A kit for coders or the tables for a paper, beside the run in a glob.
                raise MissingFile("there is no run in it")
            runs.append(_compared(Run.open(folder), name))
        except ThetaError as error:
            logger.warning("Skipping %s: %s", folder, error)
    if not runs:
        raise MissingFile(
            f"--compare: no finished run with metrics among {', '.join(map(str, folders))}; "
            "make one with run_pipeline.py"
        )
    comparison = compare_runs(runs, sort_by, REFERENCE_MODEL)
    files = ComparisonFiles(target)
    _write_csv(files.table, [comparison.columns, *comparison.rows])
    if comparison.seeds:
        _write_csv(files.seeds, [_SEED_COLUMNS, *map(_seed_cells, comparison.seeds)])
    else:
        files.seeds.unlink(missing_ok=True)  # left by an earlier comparison
    with storage.replacing_file(files.figure) as new:
        save(_figure(comparison), new)
    return ComparisonReport(comparison, files)


def _write_csv(path: Path, rows: Iterable[Sequence[object]]) -> None:
    with (
        storage.replacing_file(path) as new,
        new.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle,
    ):
        csv.writer(handle).writerows(rows)


_SEED_COLUMNS = (
    "run",
    "metric",
    "seeds",
    "mean",
    "sd",
    "lead",
    "lead_sd",
    "lead_low",
    "lead_high",
    "verdict",
)


def _seed_cells(row: SeedRow) -> list[object]:
    cells: list[object] = [row.run, row.metric, row.spread.n_seeds, row.spread.mean, row.spread.sd]
    if row.lead is None:
        return [*cells, *[None] * 5]
    return [*cells, row.lead.mean, row.lead.sd, *row.lead.interval, row.verdict]


def _figure(comparison: Comparison) -> Figure:
    columns = list(zip(*comparison.rows, strict=True))
    by_name = dict(zip(comparison.columns, columns, strict=True))
    names = [Path(str(name)).name for name in by_name[NAME]]
    if len(set(names)) < len(names):
        names = [str(name) for name in by_name[NAME]]
    metrics = {name: by_name[name] for name in METRICS if name in by_name}
    shown = slice(compare_chart.MAX_RUNS)
    return compare_chart.draw(
        names[shown],
        {name: values[shown] for name, values in metrics.items()},
        best={name: comparison.best[name] for name in metrics},
    )


def _compared(run: Run, name: str) -> ComparedRun:
    """Return the options, metrics and facts by which a run is compared."""
    if not run.evaluation:
        raise MissingFile(f"it has no metrics: evaluate it with {run.repeat_command} --skip_train")
    config = run.config
    compared = in_scope(RunOptions, Scope.COMPARE)
    options = {name: value for name, value in config["options"].items() if name in compared}
    options |= {"model": config["model"], **config["model_options"], "seed": run.seed}
    # Some models choose the number of topics themselves, or end with fewer than requested.
    options[TOPICS] = run.evaluation["num_topics"]
    return ComparedRun(
        name=name,
        options=options,
        metrics=values_of(run.metrics),
        seconds=run.evaluation["training_time"],
        seeds=run.evaluation.get("seeds", {}),
        documents={metric.name: metric.documents for metric in run.metrics},
        corpus=config["fingerprints"]["corpus"],
    )
