"""Train a finished run again from its own record and compare, bit for bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from theta.devices.threads import computing_with
from theta.layout import ProjectPaths
from theta.pipeline.device import choose_device
from theta.pipeline.edit import with_edits
from theta.pipeline.evaluate import evaluate
from theta.pipeline.train import Job, train
from theta.run import Run
from theta.run.config import library_versions
from theta.run.continuation import open_earlier, run_fingerprint


@dataclass(frozen=True)
class Verification:
    """The result of a repeated training.

    Attributes
    ----------
    run : Path
    differences : tuple of str
        Differences from the record; empty if the run repeats.
    notes : tuple of str
        Changes since that may be the cause: versions, device.
    """

    run: Path
    differences: tuple[str, ...]
    notes: tuple[str, ...]


def verify(folder: Path, project: ProjectPaths) -> Verification:
    """Check every file of a run, train it again from its record and compare the numbers.

    Raises
    ------
    MissingFile
        If there is no finished run, or its data are not prepared.
    """
    run = Run.open(folder, project)
    assert run.folder is not None
    damaged = run.folder.damaged_files()
    if damaged:
        return Verification(folder, tuple(damaged), ())
    device = choose_device(run.options.gpu)
    then = {**run.config["versions"], "device": run.config["device"]}
    notes = tuple(
        f"{name} was {then.get(name)}, is {now}"
        for name, now in {**library_versions(), "device": device}.items()
        if then.get(name) != now
    )
    differences = [*run.changed_inputs(), *_changed_start(run)]
    if not differences:
        # The number of threads affects the order of sums. Earlier versions did not record it.
        with computing_with(run.config.get("threads")):
            differences = [*_differences(run, device)]
    return Verification(folder, tuple(differences), notes)


def _changed_start(run: Run) -> list[str]:
    """Return one clause if the run that this one goes on from has changed.

    Raises
    ------
    MissingFile
        If it is gone.
    """
    folder = run.options.update
    if folder is None:
        return []
    if run_fingerprint(open_earlier(folder, run.prepared)) == run.facts["update"]["fingerprint"]:
        return []
    return [f"the run that it goes on from, {folder}, has changed"]


def _differences(run: Run, device: str) -> Sequence[str]:
    """Return one clause for each difference between the run and a repeated training."""
    options = replace(run.options, seed=run.seed, seeds=None)
    (again,) = train(Job(options, run.model, run.model_options, run.prepared, run.files, device))
    if run.edits:
        again = with_edits(again, run.edits)
    differences = []
    for name in ("doc_topic", "topic_word"):
        then, now = getattr(run.output, name), getattr(again.output, name)
        if not np.array_equal(then, now):
            largest = float(np.abs(then - now).max())
            differences.append(f"{name} differs by up to {largest:.3g}")
    differences += [
        f"{run.files.model_table(then.name).name} differs"
        for then, now in zip(run.tables, again.tables, strict=True)
        if then != now
    ]
    if run.metrics:
        recorded = {metric.name: metric.value for metric in run.metrics}
        differences += [
            f"{metric.name} was {recorded[metric.name]}, is {metric.value}"
            for metric in evaluate(again, options.reference_corpus, device)
            # Earlier versions had fewer metrics.
            if metric.name in recorded and not _is_same_value(recorded[metric.name], metric.value)
        ]
    return differences


def _is_same_value(then: float | None, now: float | None) -> bool:
    """Return whether a metric is the same, up to the order of sums in libraries."""
    if then is None or now is None:
        return then is now
    return math.isclose(then, now, rel_tol=1e-12, abs_tol=1e-15)
