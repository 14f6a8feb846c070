"""--num_topics auto: estimate the number of topics once, for all models of a command."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace

from theta.contracts import Split
from theta.devices.threads import computing_with
from theta.models.baseline_options import asks_for_estimate
from theta.models.topic_count import estimate_topic_count
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.options import RunOptions
from theta.pipeline.train import Job
from theta.run.prepared import Prepared, load_available

logger = logging.getLogger(__name__)


def with_topic_counts(jobs: Sequence[Job], refused: Collection[str]) -> list[Job]:
    """Return the jobs with an estimated number of topics in place of ``auto``.

    All of them get the same number, so that their runs can be compared. Nothing is estimated if
    all models that ask for it are `refused`.
    """
    asking = [
        job
        for job in jobs
        if asks_for_estimate(job.model_options) and job.model.name not in refused
    ]
    if not asking:
        return list(jobs)
    with computing_with(asking[0].threads):
        data = with_embeddings(asking[0].prepared, asking[0].options)
        estimate = estimate_for(data.sampled(asking[0].options.train_documents), asking[0].seeds[0])
    return [_with_number(job, estimate) if job in asking else job for job in jobs]


def _with_number(job: Job, estimate: TopicCountEstimate) -> Job:
    options = replace(job.model_options, num_topics=estimate.number)
    return replace(job, model_options=options, topic_count=estimate)


def with_embeddings(prepared: Prepared, options: RunOptions) -> Prepared:
    """Return data with embeddings if there are any: they make a better estimate.

    So a model that does not need them gets the same number alone and beside one that does.
    """
    if prepared.embeddings is not None:
        return prepared
    prepared, missing = load_available(
        prepared.dataset,
        options.model_size,
        options.mode,
        prepared.project,
        with_embeddings=True,
        embedding_model=options.embedding_model,
    )
    if missing is not None:
        logger.info(
            "There are no embeddings for --model_size %s: the number of topics is estimated from "
            "the counts alone, which is less reliable",
            options.model_size,
        )
    return prepared


def estimate_for(prepared: Prepared, seed: int) -> TopicCountEstimate:
    """Estimate the number of topics from the training documents and report it.

    Embeddings are used if they are loaded, and otherwise the counts alone.
    """
    corpus, embeddings = prepared.corpus, prepared.embeddings
    train = corpus.rows(Split.TRAIN)
    vectors = None if embeddings is None else embeddings.documents[train]
    logger.info("Estimating the number of topics from %d training documents", len(train))
    estimate = estimate_topic_count(corpus.bow[train], vectors, seed)
    if estimate.supported:
        logger.info("--num_topics auto: %s (%.1f s)", estimate.sentence, estimate.seconds)
    else:
        logger.warning("--num_topics auto: %s", estimate.sentence)
    return estimate
