"""Train a topic model: once, or once per seed and keep the best."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from theta.contracts import Corpus, Split, TopicModelOutput
from theta.corpus.store import user_columns
from theta.errors import InvalidOption
from theta.evaluation.stability import stability
from theta.models.base import FitContext, TopicModel
from theta.pipeline.interrupt import finishing_epochs
from theta.pipeline.labels import tell_rare_labels, training_labels
from theta.pipeline.prepared import Prepared
from theta.pipeline.results import describe_ranks

logger = logging.getLogger(__name__)

_FEW_DOCUMENTS = 50
"""Below this many training documents a run is worth a warning."""

_STABILITY_WORDS = 10


@dataclass(frozen=True)
class Trained:
    """What became of one training per seed.

    Attributes
    ----------
    output : TopicModelOutput
        Of the seed with the best validation ELBO.
    seed : int
        That seed.
    others : mapping of int to TopicModelOutput
        What the other seeds gave.
    """

    output: TopicModelOutput
    seed: int
    others: Mapping[int, TopicModelOutput]


def train(
    model: TopicModel,
    prepared: Prepared,
    model_options: Any,
    seeds: Sequence[int],
    device: str,
    *,
    checkpoints: Mapping[int, Path] | None = None,
    checkpoint_every: int = 1,
    supervised: bool = False,
    max_bytes: int | None = None,
    progress: bool = True,
) -> Trained:
    """Train a model once per seed and choose the one with the best validation ELBO.

    Parameters
    ----------
    model : TopicModel
    prepared : Prepared
    model_options : dataclass
    seeds : sequence of int
    device : str
    checkpoints : mapping of int to Path, optional
        By seed, the file of an unfinished training: gone on with if it is there.
    checkpoint_every : int
        Epochs between two savings.
    supervised : bool
        Let the model learn from the labels of the training documents, and from no others.
    max_bytes : int, optional
    progress : bool
        See `FitContext`.

    Raises
    ------
    InvalidOption
        If the corpus is too small for the options, or its labels cannot teach.
    Interrupted
        If the user stopped the training.
    """
    check_size(prepared.corpus, model_options)
    _tell_size(prepared.corpus)
    corpus = prepared.corpus
    if supervised:
        labels = training_labels(corpus, user_columns(prepared.corpus_files))
        tell_rare_labels(labels)
        corpus = replace(corpus, labels=labels)
    outputs = {}
    for seed in seeds:
        began = time.perf_counter()
        with finishing_epochs() as interrupted:
            context = FitContext(
                seed=seed,
                device=device,
                progress=progress,
                checkpoint=(checkpoints or {}).get(seed),
                checkpoint_every=checkpoint_every,
                supervised=supervised,
                max_bytes=max_bytes,
                interrupted=interrupted,
            )
            output = model.fit(corpus, prepared.embeddings, model_options, context)
        seconds = time.perf_counter() - began
        facts = {**output.facts, "seed": seed, "training_time": round(seconds, 3)}
        outputs[seed] = replace(output, facts=facts)
        logger.info(
            "Trained %s: %d topics, seed %d, %.1f s", model.name, output.num_topics, seed, seconds
        )
        for guided in output.facts.get("seed_words", ()):
            logger.info(
                "Topic %d is %s; its seed words ended at the ranks %s",
                guided["topic"],
                guided["name"],
                describe_ranks(guided),
            )
    best = _best_seed(outputs)
    output = outputs.pop(best)
    if not outputs:
        return Trained(output, best, {})
    others = [other.top_words(_STABILITY_WORDS) for other in outputs.values()]
    agreement = stability(output.top_words(_STABILITY_WORDS), others)
    return Trained(replace(output, facts={**output.facts, "stability": agreement}), best, outputs)


def _best_seed(outputs: Mapping[int, TopicModelOutput]) -> int:
    """Return the seed with the best validation ELBO; the first where the model has none."""
    elbo = {seed: output.facts.get("validation_elbo") for seed, output in outputs.items()}
    known = {seed: value for seed, value in elbo.items() if value is not None}
    if len(known) < len(elbo):
        first = next(iter(outputs))
        if len(outputs) > 1:
            logger.info("No validation ELBO to choose a seed by: the first, %d, is kept", first)
        return first
    best = max(known, key=lambda seed: known[seed])
    if len(outputs) > 1:
        logger.info("Of the seeds %s, %d has the best validation ELBO", list(outputs), best)
    return best


def check_size(corpus: Corpus, model_options: Any) -> None:
    """Raise `InvalidOption` if there are fewer training documents than topics are asked for."""
    n_train = len(corpus.rows(Split.TRAIN))
    num_topics = getattr(model_options, "num_topics", None)
    if num_topics is not None and n_train < num_topics:
        way_out = f"ask for at most {n_train} topics" if n_train > 1 else "prepare more documents"
        raise InvalidOption(f"--num_topics {num_topics}: training documents: {n_train}; {way_out}")


def _tell_size(corpus: Corpus) -> None:
    n_train = len(corpus.rows(Split.TRAIN))
    if n_train < _FEW_DOCUMENTS:
        logger.warning(
            "Only %d training documents: topics of so few say little about anything else.", n_train
        )
