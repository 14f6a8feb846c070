"""What the chosen models need, looked for before any of them trains."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from theta.corpus.store import user_columns
from theta.errors import InvalidOption
from theta.models.base import ChecksCorpus, NeedsLibraries, TopicModel
from theta.models.requirements import check_libraries
from theta.options import RunOptions, declarations
from theta.pipeline.labels import learns_labels, training_labels
from theta.pipeline.prepared import Prepared
from theta.pipeline.train import check_size

logger = logging.getLogger(__name__)


def tell_idle_mode(models: Iterable[TopicModel], mode: str) -> None:
    """Warn of the models for which a mode of the embedding model changes nothing."""
    idle = [
        model.name
        for model in models
        if "embeddings" not in model.needs and not learns_labels(model.name, mode)
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
    """Raise `InvalidOption` if the corpus lacks what a model stands on."""
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


def check_training(
    model: TopicModel, model_options: Any, prepared: Prepared, *, supervised: bool
) -> None:
    """Raise if a model that has its data cannot be trained on them.

    Parameters
    ----------
    model : TopicModel
    model_options : dataclass
    prepared : Prepared
    supervised : bool
        The model is to learn from labels.

    Raises
    ------
    ThetaError
        If a library is not installed.
    InvalidOption
        If the corpus is too small for the options, or its dates, covariates or labels do not do.
    """
    if isinstance(model, NeedsLibraries):
        check_libraries(model.libraries)
    check_size(prepared.corpus, model_options)
    if isinstance(model, ChecksCorpus):
        model.check_corpus(prepared.corpus, model_options)
    if supervised:
        training_labels(prepared.corpus, user_columns(prepared.corpus_files))
