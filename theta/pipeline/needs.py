"""Checks of what the chosen models need, made before any of them trains."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from theta.corpus.store import user_columns
from theta.errors import InvalidOption
from theta.models.base import (
    ChecksCorpus,
    LearnsLabels,
    NeedsLibraries,
    RanksWords,
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
    """Raise `InvalidOption` if a typed option has no effect in any of the models."""
    idle: dict[str, list[str | None]] = {}
    for model in models:
        options = model_options[model.name]
        reasons = model.idle_options(options, mode) if isinstance(model, LearnsLabels) else {}
        for name in typed & vars(options).keys():
            idle.setdefault(name, []).append(reasons.get(name))
    for name, reasons_by_model in sorted(idle.items()):
        if None not in reasons_by_model:
            raise InvalidOption(f"--{name} {reasons_by_model[0]}")


def refuse_idle_ranking(models: Collection[TopicModel], typed: frozenset[str]) -> None:
    """Raise `InvalidOption` if ``--rank_words`` is typed, but changes none of the models."""
    names = [model.name for model in models if isinstance(model, RanksWords)]
    if "rank_words" in typed and len(names) == len(models):
        raise InvalidOption(
            f"--rank_words has no effect on {', '.join(names)}, which ranks words like this "
            "anyway; leave it out, or name other --models"
        )


def warn_of_idle_mode(models: Iterable[TopicModel], mode: str) -> None:
    """Warn of models on which the mode of the embedding model has no effect."""
    idle = [
        model.name
        for model in models
        if "embeddings" not in model.needs and not learns_labels(model, mode)
    ]
    if idle and mode != declarations(RunOptions)["mode"].default:
        verb, whom = ("uses", "it") if len(idle) == 1 else ("use", "them")
        logger.warning(
            "%s %s neither embeddings nor labels: --mode %s has no effect on %s",
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
    requirements = {
        "times": "a column of dates; name it with prepare_data.py --time_column",
        "covariates": "covariates: columns whose names begin with cov_",
    }
    for need in sorted(model.needs & lacking.keys()):
        if lacking[need]:
            raise InvalidOption(f"--models {model.name} needs {requirements[need]}")


def check_training(job: Job) -> None:
    """Raise if a model cannot be trained on its data.

    Raises
    ------
    ThetaError
        If a library is not installed.
    InvalidOption
        If the corpus is too small for the options, or its dates, covariates or labels are
        unsuitable.
    """
    model, corpus = job.model, job.training.corpus
    if isinstance(model, NeedsLibraries):
        check_libraries(model.libraries)
    check_size(corpus, job.model_options)
    if job.options.fold_forms and "en" not in corpus.languages:
        languages = ", ".join(corpus.languages) or "a language that is not known"
        raise InvalidOption(
            f"--fold_forms needs English texts; these are in {languages}; leave it out"
        )
    if isinstance(model, ChecksCorpus):
        model.check_corpus(corpus, job.model_options)
    if job.supervised:
        training_labels(corpus, user_columns(job.prepared.corpus_files))
