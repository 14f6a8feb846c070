"""The labels that a supervised run learns from: those of the training documents, no others."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from theta.contracts import UNLABELLED, Corpus, Labels, Split
from theta.errors import InvalidOption

logger = logging.getLogger(__name__)

_SHOWN = 5
"""Labels that a message names at most."""


def training_labels(corpus: Corpus, columns: Sequence[str]) -> Labels:
    """Return the labels with all but those of the training documents taken out.

    Parameters
    ----------
    corpus : Corpus
    columns : sequence of str
        The user's columns, for the message where none of them is a label.

    Raises
    ------
    InvalidOption
        If the labels cannot teach: there are none, all are equal, or all differ.
    """
    if corpus.labels is None:
        raise InvalidOption(
            "--mode supervised needs a label column: there is none called label or category; the "
            f"columns are {', '.join(columns)}; name it with prepare_data.py --label_column"
        )
    codes = np.full_like(corpus.labels.codes, UNLABELLED)
    train = corpus.rows(Split.TRAIN)
    codes[train] = corpus.labels.codes[train]
    labels = Labels(codes, corpus.labels.names)
    _check(labels, len(train))
    return labels


def with_training_labels(corpus: Corpus, columns: Sequence[str]) -> Corpus:
    """Return the corpus as a supervised model may see it; raises as `training_labels`."""
    return replace(corpus, labels=training_labels(corpus, columns))


def without_labels(corpus: Corpus) -> Corpus:
    """Return the corpus as every other model sees it."""
    return replace(corpus, labels=None)


def _check(labels: Labels, n_train: int) -> None:
    found, counts = np.unique(labels.codes[labels.codes != UNLABELLED], return_counts=True)
    names = [labels.names[code] for code in found]
    if len(names) == 0:
        raise InvalidOption(
            f"--mode supervised: none of the {n_train:,} training documents has a label"
        )
    if len(names) == 1:
        raise InvalidOption(
            f"--mode supervised: all labelled training documents have the label {names[0]!r}; two "
            "labels or more are needed"
        )
    if (counts == 1).all():
        raise InvalidOption(
            f"--mode supervised: each of the {len(names):,} labels is on one training document "
            "only; a label needs two or more (is this column really the label?)"
        )
    if (counts >= 2).sum() < 2:
        often = names[int(np.argmax(counts))]
        raise InvalidOption(
            f"--mode supervised: of {len(names):,} labels only {often!r} is on two training "
            "documents or more; two such labels are needed"
        )
    rare = [name for name, count in zip(names, counts, strict=True) if count == 1]
    if rare:
        logger.warning(
            "%d of %d labels are on one training document only, which has nothing to be compared "
            "with in the fine-tuning: %s",
            len(rare),
            len(names),
            ", ".join(map(repr, rare[:_SHOWN])) + (", ..." if len(rare) > _SHOWN else ""),
        )
