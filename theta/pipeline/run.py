"""run_pipeline.py: load the prepared data; train, evaluate, draw and save each model."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from theta.corpus.apply import require_current_rules
from theta.devices.threads import computing_with
from theta.errors import DeviceFailed, ThetaError
from theta.layout import ProjectPaths, RunFiles
from theta.models import MODELS
from theta.options import RunOptions
from theta.pipeline.device import choose_device, device_errors
from theta.pipeline.effect_request import effect_design
from theta.pipeline.failures import failing_alone
from theta.pipeline.found_runs import run_files
from theta.pipeline.fresh_process import in_fresh_process
from theta.pipeline.make import make, renew
from theta.pipeline.naming import announced_server
from theta.pipeline.needs import (
    check_data,
    check_training,
    refuse_idle_options,
    refuse_idle_ranking,
    warn_of_idle_mode,
)
from theta.pipeline.topic_count import with_topic_counts
from theta.pipeline.train import Job
from theta.pipeline.update import with_updates
from theta.run import Run
from theta.run.prepared import load_available, load_prepared, required_dataset

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """The result of one model: a run or an error.

    Attributes
    ----------
    model : str
    files : RunFiles
        Where its run is, or would be.
    run : Run, optional
    error : ThetaError, optional
        Why there is no run.
    """

    model: str
    files: RunFiles
    run: Run | None = None
    error: ThetaError | None = None


def run(
    options: RunOptions,
    model_options: Mapping[str, Any],
    project: ProjectPaths,
    typed: frozenset[str] = frozenset(),
) -> list[Outcome]:
    """Train, evaluate and draw each chosen model; one that fails does not stop the rest.

    What the models need is checked first, so that a model that cannot run is reported at once.

    Parameters
    ----------
    options : RunOptions
    model_options : mapping of str to dataclass
        The options of each chosen model, in order.
    project : ProjectPaths
    typed : frozenset of str
        Names of the typed options; with ``skip_train`` they must agree with the run.

    Raises
    ------
    MissingFile
        If data that all models need are not prepared or are stale.
    """
    jobs, refused = plan_jobs(options, model_options, project, typed)
    alone = len(jobs) == 1
    outcomes: list[Outcome] = []
    device_failed = False
    for job in jobs:
        error = refused.get(job.model.name)
        if device_failed and error is None:
            outcome = _outcome_in_fresh_process(job, typed)
        else:
            outcome = _outcome(job, typed, error, alone=alone)
        device_failed = device_failed or isinstance(outcome.error, DeviceFailed)
        outcomes.append(outcome)
    return outcomes


def plan_jobs(
    options: RunOptions,
    model_options: Mapping[str, Any],
    project: ProjectPaths,
    typed: frozenset[str] = frozenset(),
) -> tuple[list[Job], dict[str, ThetaError]]:
    """Return the jobs, and the errors of models that cannot run, by name.

    For the parameters and errors see `run`.
    """
    models = {name: MODELS[name]() for name in model_options}
    refuse_idle_options(models.values(), model_options, options.mode, typed)
    warn_of_idle_mode(models.values(), options.mode)
    refuse_idle_ranking(models.values(), typed)
    announced_server(options)
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
    if options.effects is not None:
        effect_design(options, prepared.corpus)  # a bad formula stops before any training
    device = choose_device(options.gpu)
    alone = len(models) == 1
    jobs = []
    for name, model in models.items():
        files = run_files(options, name, model_options[name], project, alone=alone)
        jobs.append(Job(options, model, model_options[name], prepared, files, device))
    if not options.skip_train:
        jobs = with_updates(jobs, typed)
    refused = _refused(jobs, no_embeddings)
    if not options.skip_train:
        require_current_rules(prepared.corpus_files)
        jobs = with_topic_counts(jobs, refused)
    return jobs, refused


def _outcome_in_fresh_process(job: Job, typed: frozenset[str]) -> Outcome:
    """Return the outcome of one of several models, run in a new process after a GPU failure."""
    name = job.model.name
    logger.warning("%s runs in a new process, because the GPU failed in this one", name)
    # The data are loaded there again: they are not copied from process to process.
    names = ("options", "model", "model_options", "files", "device", "topic_count")
    recipe = {name: getattr(job, name) for name in names}
    try:
        with failing_alone(name, alone=False):
            return in_fresh_process(_load_and_run, recipe, job.prepared.project, typed)
    except ThetaError as error:
        logger.warning("%s failed: %s", name, error)
        return Outcome(name, job.files, error=error)


def _load_and_run(
    recipe: Mapping[str, Any], project: ProjectPaths, typed: frozenset[str]
) -> Outcome:
    """Load the data and run one of several models, whose checks have passed.

    `recipe` has the fields of its `Job`, except for the data and the functions.
    """
    options: RunOptions = recipe["options"]
    prepared = load_prepared(
        required_dataset(options),
        options.model_size,
        options.mode,
        project,
        with_embeddings="embeddings" in recipe["model"].needs,
    )
    return _outcome(Job(**recipe, prepared=prepared), typed, None, alone=False)


def _refused(jobs: Sequence[Job], no_embeddings: ThetaError | None) -> dict[str, ThetaError]:
    """Return the errors of models that cannot run, by name, before any training starts.

    Raises
    ------
    ThetaError
        If the only model cannot run.
    """
    refused = {}
    for job in jobs:
        try:
            if no_embeddings is not None and "embeddings" in job.model.needs:
                raise no_embeddings
            with failing_alone(job.model.name, alone=len(jobs) == 1):
                check_data(job.model, job.prepared)
                if not job.options.skip_train:
                    check_training(job)
        except ThetaError as error:
            if len(jobs) == 1:
                raise
            logger.warning("%s cannot run: %s", job.model.name, error)
            refused[job.model.name] = error
    return refused


def _outcome(
    job: Job, typed: frozenset[str], refused: ThetaError | None, *, alone: bool
) -> Outcome:
    """Run one model; the failure of one of several does not stop the others."""
    name = job.model.name
    if refused is not None:
        return Outcome(name, job.files, error=refused)
    try:
        with (
            failing_alone(name, alone=alone),
            computing_with(job.threads),
            device_errors(name, job.model_options, job.device),
        ):
            run = renew(job, typed) if job.options.skip_train else make(job)
        return Outcome(name, job.files, run)
    except ThetaError as error:
        if alone:
            raise
        logger.warning("%s failed: %s", name, error)
        return Outcome(name, job.files, error=error)


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
