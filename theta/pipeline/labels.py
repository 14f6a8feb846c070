"""The labels that a supervised run learns from: those of the training documents, no others."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from theta.contracts import UNLABELLED, Corpus, Labels, Split
from theta.errors import InvalidOption

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_SHOWN = 5
"""Labels that a message names at most."""


def training_labels(corpus: Corpus, columns: Sequence[str]) -> Labels:
    """Return the labels with all but those of the training documents taken out.

    A label that no training document has is not among the names either: how many labels there
    are is information from held-out documents.

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
    found = np.unique(codes[codes != UNLABELLED])
    renumbered = np.where(codes == UNLABELLED, UNLABELLED, np.searchsorted(found, codes))
    labels = Labels(renumbered.astype(np.int32), tuple(corpus.labels.names[code] for code in found))
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


def warn_of_rare_labels(labels: Labels) -> None:
    """Warn of the labels of `training_labels` that one document only has."""
    names = labels.names
    rare = [name for name, count in zip(names, _count(labels), strict=True) if count == 1]
    if rare:
        logger.warning(
            "%d of %d labels are on one training document only, which has nothing to be compared "
            "with in the fine-tuning: %s",
            len(rare),
            len(names),
            ", ".join(map(repr, rare[:_SHOWN])) + (", ..." if len(rare) > _SHOWN else ""),
        )
