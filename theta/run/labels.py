"""The labels that a run predicts, and the documents to evaluate them on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Labels, Split
from theta.evaluation.held_out_labels import label_scores
from theta.evaluation.inputs import LabelTask
from theta.models.label_head import label_probabilities
from theta.run.prepared import Prepared


@dataclass(frozen=True)
class Predictions:
    """The most probable label of each document.

    Attributes
    ----------
    names : tuple of str
        Every label that the model can predict.
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
    """Return the most probable label of each row of θ; None without learnt labels.

    Parameters
    ----------
    state : mapping of str to array
        State of the trained model.
    names : sequence of str, optional
        The labels that the model has learnt.
    doc_topic : (n_docs, num_topics)
    """
    probabilities = label_probabilities(state, doc_topic)
    if probabilities is None or names is None:
        return None
    return Predictions(tuple(names), probabilities.argmax(axis=1), probabilities.max(axis=1))


def make_label_task(
    prepared: Prepared, doc_topic: NDArray[np.float32], predictions: Predictions | None
) -> LabelTask | None:
    """Return the labelled documents to learn from and to evaluate on.

    None without labels or without test documents.
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


def classification_record(task: LabelTask | None, labels: Labels | None) -> dict[str, Any] | None:
    """Return F1 by label and the confusion matrix, JSON-ready; None without predictions."""
    if task is None or task.predicted is None or labels is None or not len(task.test):
        return None
    scores = label_scores(task.test_codes, task.predicted)
    return {
        "documents": len(task.test),
        "labels": [labels.names[code] for code in scores.codes],
        "F1": [round(float(value), 6) for value in scores.f1],
        "confusion_matrix": scores.confusion.tolist(),
        "confusion_matrix_is": "test documents by label (rows) and predicted label (columns)",
    }
