"""What the chosen models need, looked for before any of them trains."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from theta.corpus.store import user_columns
from theta.errors import InvalidOption
from theta.models.base import (
    ChecksCorpus,
    LearnsLabels,
    NeedsLibraries,
    TopicModel,
    learns_labels,
)
from theta.models.requirements import check_libraries
from theta.options import RunOptions, declarations
from theta.pipeline.labels import training_labels
from theta.pipeline.train import Job, check_size
from theta.run.prepared import Prepared

logger = logging.getLogger(__name__)


def refuse_idle_options(
    models: Iterable[TopicModel],
    model_options: Mapping[str, Any],
    mode: str,
    typed: frozenset[str],
) -> None:
    """Raise `InvalidOption` if an option was typed that has no effect in any of the models."""
    idle: dict[str, list[str | None]] = {}
    for model in models:
        options = model_options[model.name]
        reasons = model.idle_options(options, mode) if isinstance(model, LearnsLabels) else {}
        for name in typed & vars(options).keys():
            idle.setdefault(name, []).append(reasons.get(name))
    for name, found in sorted(idle.items()):
        if None not in found:
            raise InvalidOption(f"--{name} {found[0]}")


def warn_of_idle_mode(models: Iterable[TopicModel], mode: str) -> None:
    """Warn of the models for which a mode of the embedding model changes nothing."""
    idle = [
        model.name
        for model in models
        if "embeddings" not in model.needs and not learns_labels(model, mode)
    ]
    if idle and mode != declarations(RunOptions)["mode"].default:
        verb, whom = ("reads", "it") if len(idle) == 1 else ("read", "them")
        logger.warning(
            "%s %s no embeddings and no labels: --mode %s changes nothing for %s",
            ", ".join(idle),
            verb,
            mode,
            whom,
        )


def check_data(model: TopicModel, prepared: Prepared) -> None:
    """Raise `InvalidOption` if the corpus lacks what a model needs."""
    lacking = {
        "times": prepared.corpus.times is None,
        "covariates": not prepared.corpus.covariates,
    }
    ways = {
        "times": "a column of dates: name it with --time_column when preparing",
        "covariates": "covariates: columns that begin with cov_",
    }
    for need in sorted(model.needs & lacking.keys()):
        if lacking[need]:
            raise InvalidOption(f"--models {model.name} needs {ways[need]}")


def check_training(job: Job) -> None:
    """Raise if a model that has its data cannot be trained on them.

    Raises
    ------
    ThetaError
        If a library is not installed.
    InvalidOption
        If the corpus is too small for the options, or its dates, covariates or labels do not do.
    """
    model, corpus = job.model, job.prepared.corpus
    if isinstance(model, NeedsLibraries):
        check_libraries(model.libraries)
    check_size(corpus, job.model_options)
    if isinstance(model, ChecksCorpus):
        model.check_corpus(corpus, job.model_options)
    if job.supervised:
        training_labels(corpus, user_columns(job.prepared.corpus_files))
