"""The labels that a supervised run learns from: those of the training documents only."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Corpus, Labels, Split
from theta.errors import InvalidOption

logger = logging.getLogger(__name__)

_SHOWN = 5
"""Most labels that a message names."""


def training_labels(corpus: Corpus, columns: Sequence[str]) -> Labels:
    """Return the labels of the training documents; other documents become unlabelled.

    The names do not include a label that only held-out documents have, since even the number of
    labels would be information from them.

    Parameters
    ----------
    corpus : Corpus
    columns : sequence of str
        The user's columns, for the error message if none of them is a label.

    Raises
    ------
    InvalidOption
        If the labels cannot be learnt: there are none, all are equal, or all differ.
    """
    if corpus.labels is None:
        raise InvalidOption(
            "--mode supervised needs a label column, but none is called label or category; the "
            f"columns are {', '.join(columns)}; name it with prepare_data.py --label_column"
        )
    codes = np.full_like(corpus.labels.codes, UNLABELLED)
    train = corpus.rows(Split.TRAIN)
    codes[train] = corpus.labels.codes[train]
    present = np.unique(codes[codes != UNLABELLED])
    renumbered = np.where(codes == UNLABELLED, UNLABELLED, np.searchsorted(present, codes))
    labels = Labels(
        renumbered.astype(np.int32), tuple(corpus.labels.names[code] for code in present)
    )
    _check(labels, len(train))
    return labels


def _count(labels: Labels) -> NDArray[np.intp]:
    return np.bincount(labels.codes[labels.codes != UNLABELLED], minlength=len(labels.names))


def _check(labels: Labels, n_train: int) -> None:
    names, counts = labels.names, _count(labels)
    if len(names) == 0:
        raise InvalidOption(
            f"--mode supervised: none of the {n_train:,} training documents has a label"
        )
    if len(names) == 1:
        raise InvalidOption(
            f"--mode supervised: all labelled training documents have the label {names[0]!r}; at "
            "least two labels are needed"
        )
    if (counts == 1).all():
        raise InvalidOption(
            f"--mode supervised: each of the {len(names):,} labels is on only one training "
            "document; a label needs at least two (is this column really the label?)"
        )
    if (counts >= 2).sum() < 2:
        often = names[int(np.argmax(counts))]
        raise InvalidOption(
            f"--mode supervised: of {len(names):,} labels only {often!r} is on at least two "
            "training documents; two such labels are needed"
        )


def warn_of_rare_labels(labels: Labels) -> None:
    """Warn of labels that only one training document has."""
    names = labels.names
    rare = [name for name, count in zip(names, _count(labels), strict=True) if count == 1]
    if rare:
        logger.warning(
            "%d of %d labels are on only one training document, which fine-tuning cannot compare "
            "with another: %s",
            len(rare),
            len(names),
            ", ".join(map(repr, rare[:_SHOWN])) + (", ..." if len(rare) > _SHOWN else ""),
        )
