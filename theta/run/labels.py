"""The labels that a run predicts, and how well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED, Split
from theta.evaluation.inputs import LabelTask
from theta.models.label_head import label_probabilities
from theta.run.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Predictions:
    """The most probable label of each document.

    Attributes
    ----------
    names : tuple of str
        All labels that the model can predict.
    codes : (n_docs,) int
        Index into `names`.
    probabilities : (n_docs,) float
    """

    names: tuple[str, ...]
    codes: NDArray[np.intp]
    probabilities: NDArray[np.float64]

    @property
    def labels(self) -> list[str]:
        """The label of each document."""
        return [self.names[code] for code in self.codes.tolist()]


def predict_labels(
    state: Mapping[str, NDArray[Any]], names: Sequence[str] | None, doc_topic: NDArray[np.float32]
) -> Predictions | None:
    """Return the most probable label of each row of θ; None if the model has learnt no labels.

    Parameters
    ----------
    state : mapping of str to array
        Of the trained model.
    names : sequence of str, optional
        The labels that it has learnt.
    doc_topic : (n_docs, num_topics)
    """
    chances = label_probabilities(state, doc_topic)
    if chances is None or names is None:
        return None
    return Predictions(tuple(names), chances.argmax(axis=1), chances.max(axis=1))


def make_label_task(
    prepared: Prepared, doc_topic: NDArray[np.float32], predictions: Predictions | None
) -> LabelTask | None:
    """Return the labelled documents, those to learn from and those to evaluate on.

    None where there are no labels, or no test documents.
    """
    corpus = prepared.corpus
    if corpus.labels is None or not len(corpus.rows(Split.TEST)):
        return None
    codes = corpus.labels.codes
    train, test = (
        rows[codes[rows] != UNLABELLED]
        for rows in (corpus.rows(Split.TRAIN), corpus.rows(Split.TEST))
    )
    predicted = None
    if predictions is not None:
        numbers = [corpus.labels.names.index(name) for name in predictions.names]
        predicted = np.array(numbers)[predictions.codes[test]]
    return LabelTask(
        doc_topic=doc_topic,
        codes=codes,
        train=train,
        test=test,
        predicted=predicted,
        features=None if prepared.embeddings is None else prepared.embeddings.documents,
    )
