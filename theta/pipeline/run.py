"""The story of run_pipeline.py: load what is prepared, train, judge, draw, keep."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from theta.errors import DeviceFailed, InvalidOption, ThetaError
from theta.layout import ProjectPaths, RunFiles
from theta.models import MODELS
from theta.options import RunOptions
from theta.pipeline.device import choose_device, device_errors
from theta.pipeline.fresh_process import in_fresh_process
from theta.pipeline.job import Job, RunReport, make, renew
from theta.pipeline.needs import check_data, check_training, tell_idle_mode
from theta.pipeline.prepared import Prepared, load_available, required_dataset

logger = logging.getLogger(__name__)

THETA_MODEL = "theta"


def run(
    options: RunOptions,
    model_options: Mapping[str, Any],
    project: ProjectPaths,
    typed: frozenset[str] = frozenset(),
) -> list[RunReport]:
    """Train, judge and draw each chosen model; one that fails does not stop the rest.

    What the models need is looked for first, so that what cannot run is told at once.

    Parameters
    ----------
    options : RunOptions
    model_options : mapping of str to dataclass
        The options of each chosen model, in order.
    project : ProjectPaths
    typed : frozenset of str
        Names of the options that were typed: with ``skip_train`` they must agree with the run.

    Raises
    ------
    MissingFile
        If what all of the models stand on is not prepared, or stale.
    """
    _refuse_idle_options(options.mode, model_options, typed)
    models = {name: MODELS[name]() for name in model_options}
    tell_idle_mode(models.values(), options.mode)
    needing = [name for name, model in models.items() if "embeddings" in model.needs]
    prepared, no_embeddings = load_available(
        required_dataset(options),
        options.model_size,
        options.mode,
        project,
        with_embeddings=bool(needing),
        embedding_model=options.embedding_model,
    )
    if no_embeddings is not None and len(needing) == len(models):
        raise no_embeddings
    device = choose_device(options.gpu)
    alone = len(models) == 1
    jobs = [
        _job(options, name, model_options[name], prepared, project, device, alone=alone)
        for name in models
    ]
    refused = _refused(jobs, no_embeddings)
    reports: list[RunReport] = []
    device_failed = False
    for job in jobs:
        error = refused.get(job.model.name)
        if device_failed and error is None:
            report = _report_elsewhere(job, typed)
        else:
            report = _report(job, typed, error, alone=alone)
        device_failed = device_failed or isinstance(report.error, DeviceFailed)
        reports.append(report)
    return reports


def _job(
    options: RunOptions,
    name: str,
    model_options: Any,
    prepared: Prepared,
    project: ProjectPaths,
    device: str,
    *,
    alone: bool,
) -> Job:
    files = run_files(options, name, model_options, project, alone=alone)
    return Job(options, MODELS[name](), model_options, prepared, files, device)


def _report_elsewhere(job: Job, typed: frozenset[str]) -> RunReport:
    """Return what becomes of one of several models in a process that has not met the failure."""
    name = job.model.name
    logger.warning("%s runs in a process of its own, since the GPU failed in this one", name)
    project = job.prepared.project
    arguments = (job.options, name, job.model_options, project, job.device, typed)
    try:
        return in_fresh_process(_load_and_report, *arguments)
    except ThetaError as error:
        logger.warning("%s failed: %s", name, error)
        return RunReport(name, job.files, error=error)


def _load_and_report(
    options: RunOptions,
    name: str,
    model_options: Any,
    project: ProjectPaths,
    device: str,
    typed: frozenset[str],
) -> RunReport:
    """Do what `run` does for one of several models that passed its checks there."""
    prepared, no_embeddings = load_available(
        required_dataset(options),
        options.model_size,
        options.mode,
        project,
        with_embeddings="embeddings" in MODELS[name].needs,
    )
    if no_embeddings is not None:
        raise no_embeddings
    job = _job(options, name, model_options, prepared, project, device, alone=False)
    return _report(job, typed, None, alone=False)


def _refuse_idle_options(
    mode: str, model_options: Mapping[str, Any], typed: frozenset[str]
) -> None:
    """Refuse what was typed and has no part in the mode.

    Raises
    ------
    InvalidOption
    """
    if mode != "supervised":
        for name in ("supervised_weight", "supervised_dropout"):
            if name in typed:
                raise InvalidOption(f"--{name} has no part in --mode {mode}")
        return
    theta = model_options.get(THETA_MODEL)
    if theta is None:
        return
    if theta.supervised_weight == 0:
        # The labels teach nothing, so --dropout keeps its place.
        if "supervised_dropout" in typed:
            raise InvalidOption("--supervised_dropout has no part where --supervised_weight is 0")
    elif "dropout" in typed and not any(
        hasattr(beside, "dropout") for beside in model_options.values() if beside is not theta
    ):
        raise InvalidOption(
            "--dropout has no part in --mode supervised: --supervised_dropout takes its place"
        )


def _refused(jobs: Sequence[Job], no_embeddings: ThetaError | None) -> dict[str, ThetaError]:
    """Return why models cannot run, by name; told before the others take their hours.

    Raises
    ------
    ThetaError
        If it is the only model.
    """
    refused = {}
    for job in jobs:
        try:
            if no_embeddings is not None and "embeddings" in job.model.needs:
                raise no_embeddings
            check_data(job.model, job.prepared)
            if not job.options.skip_train:
                check_training(
                    job.model, job.model_options, job.prepared, supervised=job.supervised
                )
        except ThetaError as error:
            if len(jobs) == 1:
                raise
            logger.warning("%s cannot run: %s", job.model.name, error)
            refused[job.model.name] = error
    return refused


def _report(
    job: Job, typed: frozenset[str], refused: ThetaError | None, *, alone: bool
) -> RunReport:
    """Return what becomes of one model; where there are others, its failure is no end."""
    name = job.model.name
    if refused is not None:
        return RunReport(name, job.files, error=refused)
    try:
        with device_errors(name, job.model_options, job.device):
            return renew(job, typed) if job.options.skip_train else make(job)
    except ThetaError as error:
        if alone:
            raise
        logger.warning("%s failed: %s", name, error)
        return RunReport(name, job.files, error=error)


def plan(
    options: RunOptions, model_options: Mapping[str, Any], project: ProjectPaths
) -> tuple[list[Path], list[Path]]:
    """Return the paths that a run would read and those it would write."""
    dataset = required_dataset(options)
    needs = frozenset().union(*(MODELS[name].needs for name in model_options))
    reads = [project.corpus(dataset).root]
    if "embeddings" in needs:
        reads.append(project.embeddings(dataset, options.model_size, options.mode).root)
    writes = [
        run_files(options, name, chosen, project, alone=len(model_options) == 1).root
        for name, chosen in model_options.items()
    ]
    return reads, writes


def run_files(
    options: RunOptions, model: str, model_options: Any, project: ProjectPaths, *, alone: bool
) -> RunFiles:
    """Return where the run of `model` lies."""
    if options.output_dir is not None:
        return RunFiles(options.output_dir if alone else options.output_dir / model)
    dataset = required_dataset(options)
    if model == THETA_MODEL:
        return project.run(dataset, options.model_size, options.mode)
    return project.baseline_run(dataset, model, getattr(model_options, "num_topics", None))
