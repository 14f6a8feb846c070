"""The run of one model: trained, judged, drawn and put complete into its place."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from theta import storage
from theta.contracts import Metric, ModelTable, TopicModelOutput
from theta.errors import MissingFile, ThetaError
from theta.evaluation.metrics import METRICS
from theta.layout import EmbeddingFiles, RunFiles
from theta.models.base import TopicModel
from theta.options import RunOptions
from theta.pipeline.device import training_memory
from theta.pipeline.evaluate import (
    evaluate,
    other_seeds,
    read_metrics,
    values_of,
    write_metrics,
)
from theta.pipeline.finished import refuse_contradictions
from theta.pipeline.health import describe_health, report_health, warn_of_replacement
from theta.pipeline.labels import learns_labels
from theta.pipeline.model_tables import tables_of, write_tables
from theta.pipeline.page import write_page
from theta.pipeline.prepared import Prepared
from theta.pipeline.preprocessing import save_preprocessing
from theta.pipeline.results import (
    Topic,
    describe_run,
    describe_topics,
    load_output,
    options_from_json,
    save_output,
    write_document_table,
)
from theta.pipeline.threads import choose_threads
from theta.pipeline.train import train
from theta.pipeline.visualize import visualize

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunReport:
    """What became of one model.

    Attributes
    ----------
    model : str
    files : RunFiles
    topics : sequence of Topic
    metrics : sequence of Metric
    tables : sequence of ModelTable
        What the model has to tell beside its topics.
    meanings : mapping of str to str
        What each metric says, in words for everybody.
    error : ThetaError, optional
        Why there is no run; the others went on.
    """

    model: str
    files: RunFiles
    topics: Sequence[Topic] = ()
    metrics: Sequence[Metric] = ()
    tables: Sequence[ModelTable] = ()
    meanings: Mapping[str, str] = field(
        default_factory=lambda: {name: measure.meaning for name, measure in METRICS.items()}
    )
    error: ThetaError | None = None


@dataclass(frozen=True)
class Job:
    """One model, what it is trained on and where its run goes."""

    options: RunOptions
    model: TopicModel
    model_options: Any
    prepared: Prepared
    files: RunFiles
    device: str

    @property
    def embedding_files(self) -> EmbeddingFiles | None:
        """Of the vectors that the model reads; None where it reads counts alone."""
        if "embeddings" not in self.model.needs:
            return None
        prepared, options = self.prepared, self.options
        return prepared.project.embeddings(prepared.dataset, options.model_size, options.mode)

    @property
    def threads(self) -> int:
        """How many CPU threads it computes with."""
        return choose_threads(self.options.threads, self.prepared.corpus.n_docs)

    @property
    def supervised(self) -> bool:
        """The model learns from labels."""
        return learns_labels(self.model.name, self.options.mode)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Of everything the run stands on."""
        return self.prepared.fingerprints(with_embeddings="embeddings" in self.model.needs)


def make(job: Job) -> RunReport:
    """Train a model and put the complete run in its place."""
    corpus = job.prepared.corpus
    seeds = job.options.seeds or (job.options.seed,)
    warn_of_replacement(job.files, job.model_options)
    unfinished = {seed: job.files.unfinished_training(seed) for seed in seeds}
    with storage.replacing(job.files.root, job.fingerprints) as folder:
        # Not before the place is ours: another process may be in the middle of its training.
        if not job.options.resume:
            _remove(unfinished.values())
        elif not any(path.exists() for path in unfinished.values()):
            logger.info("--resume: there is no unfinished training here; this one starts anew")
        new = RunFiles(folder)
        with log_to(new.log):
            trained = train(
                job.model,
                job.prepared,
                job.model_options,
                seeds,
                job.device,
                checkpoints=unfinished if job.options.checkpoint_every else None,
                checkpoint_every=job.options.checkpoint_every,
                supervised=job.supervised,
                max_bytes=training_memory(job.options.max_memory, job.device),
                progress=not job.options.quiet,
            )
            output, seed = trained.output, trained.seed
            save_output(new, output, corpus)
            save_preprocessing(new, job.prepared, job.embedding_files, output)
            write_document_table(new, job.prepared.document_rows(), output)
            tables = tables_of(job.model, output, corpus.vocabulary)
            write_tables(new, tables)
            config = describe_run(
                model=job.model.name,
                options=job.options,
                model_options=job.model_options,
                device=job.device,
                threads=job.threads,
                seed=seed,
                fingerprints=job.fingerprints,
            )
            storage.write_json(new.config, config)
            metrics = judge_and_draw(job, output, new, seed, trained.others)
    _remove(unfinished.values())
    topics = describe_topics(output, corpus.vocabulary)
    return RunReport(job.model.name, job.files, topics, metrics, tables)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def renew(job: Job, typed: frozenset[str]) -> RunReport:
    """Judge and draw a finished run anew; its training is kept as it is.

    Raises
    ------
    MissingFile
        If there is no finished run, or it stands on another preparation.
    InvalidOption
        If a typed option contradicts the options the run was trained with.
    """
    name, root = job.model.name, job.files.root
    again = f"python run_pipeline.py --dataset {job.options.dataset} --models {name}"
    manifest = storage.read_manifest(root, again)
    if manifest["stands_on"] != job.fingerprints:
        raise MissingFile(f"{root} stands on another preparation; train it anew: {again}")
    storage.check_file(job.files.config, manifest)
    config = storage.read_json(job.files.config)
    trained = options_from_json(type(job.model_options), config["model_options"])
    refuse_contradictions(root, typed, job.model_options, trained)
    output = load_output(job.files, manifest)
    with storage.replacing(root, job.fingerprints) as folder:
        new = RunFiles(folder)
        storage.copy_listed(root, manifest, folder)
        with log_to(new.log):
            job = replace(job, model_options=trained)
            tables = tables_of(job.model, output, job.prepared.corpus.vocabulary)
            write_tables(new, tables)
            metrics = judge_and_draw(job, output, new, int(config["seed"]))
    topics = describe_topics(output, job.prepared.corpus.vocabulary)
    return RunReport(name, job.files, topics, metrics, tables)


def judge_and_draw(
    job: Job,
    output: TopicModelOutput,
    files: RunFiles,
    seed: int,
    others: Mapping[int, TopicModelOutput] = MappingProxyType({}),
) -> Sequence[Metric]:
    """Write the metrics and the figures of a run, unless they are to be skipped.

    `others` are the trainings with other seeds: judged, so that the spread is known, and not kept.
    """
    metrics: Sequence[Metric] = ()
    health = report_health(job.model_options, output)
    if not job.options.skip_eval:
        metrics = judge(job, output, seed)
        spread = other_seeds(files, seed, metrics)
        spread |= {number: values_of(judge(job, o, number)) for number, o in others.items()}
        described = describe_health(health, storage.read_json(files.config))
        write_metrics(files, metrics, job.prepared, output, spread, described)
    elif files.evaluation.exists():
        metrics = read_metrics(files)
    if not job.options.skip_viz:
        language = job.options.language
        visualize(job.prepared, output, metrics, files, language=language)
        config = storage.read_json(files.config)
        write_page(job.prepared, output, metrics, files, config, language=language)
    return metrics


def judge(job: Job, output: TopicModelOutput, seed: int) -> Sequence[Metric]:
    """Return the metrics of one training."""
    return evaluate(
        job.model,
        job.model_options,
        job.prepared,
        output,
        reference=job.options.reference_corpus,
        device=job.device,
        seed=seed,
    )


@contextmanager
def log_to(path: Path) -> Iterator[None]:
    """Write what the program says into a file too."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger("theta")
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
