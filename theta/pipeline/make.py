"""Make the run of one model: train, evaluate, draw and save it as a whole."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from theta import storage
from theta.layout import RunFiles
from theta.options.model_names import AUTO
from theta.pipeline.draw import draw
from theta.pipeline.effects import find_effects, write_effects
from theta.pipeline.evaluate import evaluate, other_seeds, values_of, write_metrics
from theta.pipeline.health import report_descriptions, report_health, warn_of_replacement
from theta.pipeline.keep import (
    adapter_of,
    carry_kits,
    keep,
    write_first_halves,
    write_model_tables,
    write_topics,
)
from theta.pipeline.levels import write_levels
from theta.pipeline.naming import name_after_training, read_answers, server_of, write_answers
from theta.pipeline.train import Job, train
from theta.pipeline.trends import renew_trends
from theta.run import Run
from theta.run.document_map import making_map

logger = logging.getLogger(__name__)


def make(job: Job) -> Run:
    """Train, evaluate and draw a model, and save the complete run."""
    warn_of_replacement(job.files, job.model_options)
    unfinished = {seed: job.files.unfinished_training(seed) for seed in job.seeds}
    with storage.replacing(job.files.root, job.fingerprints) as folder:
        # Only now that the folder is locked: another process may have been training.
        if not job.options.resume:
            _remove(unfinished.values())
        elif not any(path.exists() for path in unfinished.values()):
            logger.info("--resume: there is no unfinished training; starting at epoch 1")
        new = RunFiles(folder)
        with log_to(new.log):
            earlier = read_answers(job.files)
            with _drawing_ahead(job):
                run, *others = train(job, unfinished if job.options.checkpoint_every else {})
            server = server_of(job.options)
            if server is not None:
                write_answers(new, name_after_training(run, server, earlier))
            keep(run, new, run.prepared.document_rows(), adapter_of(run))
            write_levels(run, new, job.options.levels)
            carry_kits(job.files, new)
            _estimate_effects(job, run, new)
            estimate_trends(job, run, new)
            evaluate_and_draw(job, run, new, others)
    _remove(unfinished.values())
    return run.reopened()


def renew(job: Job, typed: frozenset[str]) -> Run:
    """Evaluate and draw a finished run again, without training.

    Raises
    ------
    MissingFile
        If there is no finished run, or its prepared data have changed since.
    InvalidOption
        If a typed option contradicts the options the run was trained with.
    """
    again = f"python run_pipeline.py --dataset {job.options.dataset} --models {job.model.name}"
    run = Run.open(job.files.root, job.prepared.project, prepared=job.prepared, fix=again)
    run.require_model(job.model.name)
    run.require_current()
    run.refuse_contradictions(typed, job.model_options)
    with run.renewing() as new, log_to(new.log):
        write_model_tables(new, run.tables)
        write_levels(run, new, job.options.levels)
        _estimate_effects(job, run, new)
        if run.trends is None or job.options.period not in (AUTO, run.trends.unit):
            estimate_trends(job, run, new)
        evaluate_and_draw(job, run, new)
    return run.reopened()


def _estimate_effects(job: Job, run: Run, files: RunFiles) -> None:
    """Estimate and write the effects of covariates, if the options ask for them."""
    if job.options.effects is not None:
        run.effects = find_effects(run, job.options, job.device)
        write_effects(run, files)


def estimate_trends(job: Job, run: Run, files: RunFiles) -> None:
    """Estimate and write the topics of a run over time, if its documents have dates."""
    renew_trends(run, files, job.options, job.device)


def evaluate_and_draw(job: Job, run: Run, files: RunFiles, others: Sequence[Run] = ()) -> None:
    """Write the metrics and the charts of a run, unless the options skip them.

    `others` are the trainings with other seeds, which are evaluated for the spread but not saved.
    """
    options = job.options
    report_health(run)
    report_descriptions(run)
    if not options.skip_eval:
        reference, device = options.reference_corpus, job.device
        metrics = evaluate(run, reference, device)
        spread = other_seeds(run, metrics)
        spread |= {other.seed: values_of(evaluate(other, reference, device)) for other in others}
        run.metrics = metrics
        write_metrics(run, files, spread)
        write_topics(files.topics_table, run)
    write_first_halves(files, run)
    if not options.skip_viz:
        draw(run, files, options.language)


@contextmanager
def _drawing_ahead(job: Job) -> Iterator[None]:
    """Make the map of the documents while the block trains."""
    if job.options.skip_viz:
        yield
        return
    with making_map(job.prepared, job.threads if job.device == "cpu" else 1):
        yield


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Write the log to a file too."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("theta")
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
