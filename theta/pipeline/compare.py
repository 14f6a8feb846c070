"""Finished runs side by side, so that a grid search ends in an answer."""

from __future__ import annotations

import csv
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from theta import storage
from theta.corpus.ledger import SPREADSHEET_ENCODING
from theta.errors import MissingFile, ThetaError
from theta.evaluation.comparison import NAME, TOPICS, ComparedRun, Comparison, compare_runs
from theta.evaluation.metrics import METRICS
from theta.evaluation.seed_noise import SeedRow
from theta.layout import ComparisonFiles, RunFiles
from theta.pipeline.evaluate import read_metrics
from theta.pipeline.found_runs import runs_below
from theta.plots import compare as compare_chart
from theta.plots.save import save

if TYPE_CHECKING:
    from matplotlib.figure import Figure

logger = logging.getLogger(__name__)

# Options that say where and how loudly a run was made, not what it is.
_NOT_COMPARED = frozenset(
    [
        "output_dir",
        "infer",
        "infer_output",
        "config",
        "quiet",
        "verbose",
        "json",
        "dry_run",
        "check_only",
        "skip_train",
        "skip_eval",
        "skip_viz",
        "prepare",
        "compare",
        "sort_by",
        "checkpoint_every",
        "resume",
        "verify",
        "language",
        "gpu",
        "models",
    ]
)


@dataclass(frozen=True)
class ComparisonReport:
    """A table of runs and where it was written."""

    comparison: Comparison
    files: ComparisonFiles


def compare(
    folders: Sequence[Path], sort_by: str, place: Path, names: Sequence[str] | None = None
) -> ComparisonReport:
    """Write the table of the finished runs among `folders` as CSV and as a figure.

    A folder that is no run stands for the runs in it, up to four levels deeper. One without a
    finished run is named and left out, so that a glob over a grid search that is still going on
    works. Runs are called by their folders unless they have `names`.

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
            runs.append(replace(read_run(folder), name=name))
        except ThetaError as error:
            logger.warning("%s is left out: %s", folder, error)
    if not runs:
        raise MissingFile(
            f"--compare: no finished run with metrics among {', '.join(map(str, folders))}; "
            "make one with run_pipeline.py"
        )
    comparison = compare_runs(runs, sort_by)
    files = ComparisonFiles(place)
    with (
        storage.replacing_file(files.table) as new,
        new.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle,
    ):
        csv.writer(handle).writerows([comparison.columns, *comparison.rows])
    if comparison.seeds:
        with (
            storage.replacing_file(files.seeds) as new,
            new.open("w", newline="", encoding=SPREADSHEET_ENCODING) as handle,
        ):
            csv.writer(handle).writerows([_SEED_COLUMNS, *map(_seed_cells, comparison.seeds)])
    else:
        files.seeds.unlink(missing_ok=True)  # of another comparison
    with storage.replacing_file(files.figure) as new:
        save(_figure(comparison), new)
    return ComparisonReport(comparison, files)


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


def read_run(folder: Path) -> ComparedRun:
    """Return what a finished run is compared by."""
    files = RunFiles(folder)
    manifest = storage.read_manifest(folder, "run_pipeline.py")
    for path in (files.config, files.evaluation):
        storage.check_file(path, manifest)
    config = storage.read_json(files.config)
    content = storage.read_json(files.evaluation)
    options = {"model": config["model"], **config["options"], **config["model_options"]}
    options["seed"] = config["seed"]
    # Some models find the number themselves, or end with fewer than they were asked for.
    options[TOPICS] = content["num_topics"]
    metrics = read_metrics(files)
    return ComparedRun(
        name=str(folder),
        options={name: value for name, value in options.items() if name not in _NOT_COMPARED},
        metrics={metric.name: metric.value for metric in metrics},
        seconds=content["training_time"],
        seeds=content.get("seeds", {}),
        documents={metric.name: metric.documents for metric in metrics},
        corpus=config["fingerprints"]["corpus"],
    )
