"""Train a topic model once, or once per seed and pick the best."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from theta.contracts import Corpus, Split, TopicModelOutput
from theta.corpus.store import user_columns
from theta.devices.threads import choose_threads
from theta.errors import InvalidOption
from theta.evaluation.stability import stability
from theta.layout import RunFiles
from theta.models.base import FitContext, RanksWords, Reuse, TopicModel, compute_anew, learns_labels
from theta.models.baseline_options import AUTO
from theta.models.earlier_topics import EarlierTopics
from theta.models.ranked import ranked_as_theta
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.options import RunOptions
from theta.pipeline.device import training_memory
from theta.pipeline.interrupt import finishing_epochs
from theta.pipeline.labels import training_labels, warn_of_rare_labels
from theta.run import Run
from theta.run.config import make_config
from theta.run.continuation import earlier_topics, open_earlier, report_words
from theta.run.moves import topic_moves
from theta.run.prepared import Prepared
from theta.run.preprocessing import embed_texts
from theta.run.topics import describe_ranks

logger = logging.getLogger(__name__)

_FEW_DOCUMENTS = 50
"""Fewest training documents without a warning."""

_STABILITY_WORDS = 10

_APPLIED_AT_ONCE = 50_000
"""Documents whose topics are inferred at once after training on a sample."""


@dataclass(frozen=True)
class Job:
    """One model, the data to train it on and the folder for its run.

    `after_epoch` and `reuse` are those of `theta.models.base.FitContext`.
    `topic_count` is the estimate that its number of topics comes from, if it was not given.
    """

    options: RunOptions
    model: TopicModel
    model_options: Any
    prepared: Prepared
    files: RunFiles
    device: str
    after_epoch: Callable[[Mapping[str, Any]], None] = lambda entry: None  # noqa: ARG005
    reuse: Reuse = compute_anew
    topic_count: TopicCountEstimate | None = None

    @cached_property
    def training(self) -> Prepared:
        """The documents that the model reads in training: all, or a sample."""
        return self.prepared.sampled(self.options.train_documents)

    @cached_property
    def earlier_run(self) -> Run | None:
        """The finished run that the training goes on from, if any."""
        path = self.options.update
        return None if path is None else open_earlier(path, self.prepared)

    @cached_property
    def earlier(self) -> EarlierTopics | None:
        """The topics of `earlier_run`, over the words of the data."""
        run = self.earlier_run
        if run is None:
            return None
        return earlier_topics(run, self.options.new_topics, self.prepared)

    @property
    def supervised(self) -> bool:
        """Whether the model learns from labels."""
        return learns_labels(self.model, self.options.mode)

    @property
    def threads(self) -> int:
        """Number of CPU threads."""
        return choose_threads(self.options.threads, self.prepared.corpus.n_docs)

    @property
    def seeds(self) -> Sequence[int]:
        """The seeds of the trainings."""
        return self.options.seeds or (self.options.seed,)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Fingerprints of the data that the run is made from."""
        return self.prepared.fingerprints(with_embeddings="embeddings" in self.model.needs)


def train(job: Job, checkpoints: Mapping[int, Path] = MappingProxyType({})) -> list[Run]:
    """Train a model once per seed and return the runs, the one with the best validation ELBO first.

    Parameters
    ----------
    job : Job
    checkpoints : mapping of int to Path
        Files of unfinished trainings, by seed; an existing one is continued.

    Raises
    ------
    InvalidOption
        If the corpus is too small for the options, or its labels cannot be learnt.
    Interrupted
        If the user stopped the training.
    """
    corpus = job.training.corpus
    check_size(corpus, job.model_options)
    _warn_of_few_documents(corpus)
    _report_sample(job)
    if job.earlier_run is not None and job.earlier is not None:
        report_words(job.earlier_run, job.earlier)
    if job.supervised:
        labels = training_labels(corpus, user_columns(job.prepared.corpus_files))
        warn_of_rare_labels(labels)
        corpus = replace(corpus, labels=labels)
    outputs = {seed: _fit(job, corpus, seed, checkpoints.get(seed)) for seed in job.seeds}
    best = _best_seed(outputs)
    output = outputs.pop(best)
    if outputs:
        others = [other.top_words(_STABILITY_WORDS) for other in outputs.values()]
        agreement = stability(output.top_words(_STABILITY_WORDS), others)
        output = replace(output, facts={**output.facts, "stability": agreement})
    return [_run(job, seed, trained) for seed, trained in {best: output, **outputs}.items()]


def _fit(job: Job, corpus: Corpus, seed: int, checkpoint: Path | None) -> TopicModelOutput:
    began = time.perf_counter()
    embeddings = job.training.embeddings
    with finishing_epochs() as interrupted:
        context = FitContext(
            seed=seed,
            device=job.device,
            progress=not job.options.quiet,
            checkpoint=checkpoint,
            checkpoint_every=job.options.checkpoint_every,
            supervised=job.supervised,
            max_bytes=training_memory(job.options.max_memory, job.device),
            interrupted=interrupted,
            after_epoch=job.after_epoch,
            reuse=job.reuse,
            embed=partial(
                embed_texts, job.prepared, device=job.device, threads=job.options.threads
            ),
            earlier=job.earlier,
        )
        output = job.model.fit(corpus, embeddings, job.model_options, context)
    if job.options.rank_words and not isinstance(job.model, RanksWords):
        embeddings = embeddings if "embeddings" in job.model.needs else None
        output = ranked_as_theta(output, corpus, embeddings)
    seconds = time.perf_counter() - began
    name = job.model.name
    logger.info("Trained %s: %d topics, seed %d, %.1f s", name, output.num_topics, seed, seconds)
    for guided in output.facts.get("seed_words", ()):
        logger.info(
            "Topic %d is %s; ranks of its seed words: %s",
            guided["topic"],
            guided["name"],
            describe_ranks(guided),
        )
    facts = {**output.facts, "seed": seed, "training_time": round(seconds, 3)}
    output = replace(output, facts=facts)
    if job.training is not job.prepared:
        output = _applied_to_all(job, output)
    if job.earlier_run is None or job.earlier is None:
        return output
    moves = topic_moves(job.earlier_run, job.earlier, output, corpus.vocabulary)
    return replace(output, facts={**output.facts, "update": moves})


def _applied_to_all(job: Job, output: TopicModelOutput) -> TopicModelOutput:
    """Return the output of a training on a sample with θ of all documents.

    θ of the sample is inferred like that of the others: by the topics, with no regard to what the
    training made of a document.
    """
    began = time.perf_counter()
    n_docs = job.prepared.corpus.n_docs
    doc_topic = np.empty((n_docs, output.num_topics), np.float32)
    for start in range(0, n_docs, _APPLIED_AT_ONCE):
        rows = slice(start, start + _APPLIED_AT_ONCE)
        inputs = job.prepared.inputs(rows)
        doc_topic[rows] = job.model.infer(output.state, job.model_options, inputs, job.device)
    seconds = time.perf_counter() - began
    logger.info("Inferred the topics of all %s documents: %.1f s", f"{n_docs:,}", seconds)
    facts = {**output.facts, "train_documents": _count_sample(job)}
    return replace(output, doc_topic=doc_topic, facts=facts)


def _count_sample(job: Job) -> dict[str, int]:
    """Return the numbers of documents that the training reads, and of those there are."""
    read, there = job.training.corpus, job.prepared.corpus
    return {
        "read": len(read.rows(Split.TRAIN)),
        "of": len(there.rows(Split.TRAIN)),
        "validation_read": len(read.rows(Split.VALIDATION)),
        "validation_of": len(there.rows(Split.VALIDATION)),
    }


def _report_sample(job: Job) -> None:
    if job.training is not job.prepared:
        count = {name: f"{n:,}" for name, n in _count_sample(job).items()}
        logger.info(
            "Training on %s of %s training documents (and %s of %s for validation), drawn by "
            "content: --train_documents %d",
            *count.values(),
            job.options.train_documents,
        )
    elif job.options.train_documents is not None:
        n_train = len(job.prepared.corpus.rows(Split.TRAIN))
        logger.info("There are %s training documents: the training reads all", f"{n_train:,}")


def _run(job: Job, seed: int, output: TopicModelOutput) -> Run:
    config = make_config(
        model=job.model.name,
        options=job.options,
        model_options=job.model_options,
        device=job.device,
        threads=job.threads,
        seed=seed,
        fingerprints=job.fingerprints,
        topic_count=job.topic_count,
    )
    project = job.prepared.project
    run = Run.fresh(job.files, project, config=config, prepared=job.prepared, output=output)
    if job.earlier_run is not None:
        run.earlier_names = job.earlier_run.automatic_names
    return run


def _best_seed(outputs: Mapping[int, TopicModelOutput]) -> int:
    """Return the seed with the best validation ELBO; the first if the model has none."""
    elbo = {seed: output.facts.get("validation_elbo") for seed, output in outputs.items()}
    known = {seed: value for seed, value in elbo.items() if value is not None}
    if len(known) < len(elbo):
        first = next(iter(outputs))
        if len(outputs) > 1:
            logger.info(
                "There is no validation ELBO to choose a seed by, so the first, %d, is kept", first
            )
        return first
    best = max(known, key=lambda seed: known[seed])
    if len(outputs) > 1:
        logger.info(
            "Of the seeds %s, %d has the best validation ELBO and is kept", list(outputs), best
        )
    return best


def check_size(corpus: Corpus, model_options: Any) -> None:
    """Raise `InvalidOption` if there are fewer training documents than topics."""
    n_train = len(corpus.rows(Split.TRAIN))
    num_topics = getattr(model_options, "num_topics", None)
    # An estimate is small enough for the corpus.
    if num_topics not in (None, AUTO) and n_train < num_topics:
        fix = f"ask for at most {n_train} topics" if n_train > 1 else "prepare more documents"
        raise InvalidOption(
            f"--num_topics {num_topics}: there are only {n_train} training documents; {fix}"
        )


def _warn_of_few_documents(corpus: Corpus) -> None:
    n_train = len(corpus.rows(Split.TRAIN))
    if n_train < _FEW_DOCUMENTS:
        logger.warning(
            "Only %d training documents: topics of so few do not generalize well.", n_train
        )
