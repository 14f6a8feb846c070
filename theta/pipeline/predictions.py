"""The labels that a supervised run tells of its documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED, Split, TopicModelOutput
from theta.evaluation.held_out_labels import label_scores
from theta.evaluation.inputs import LabelTask
from theta.models.label_head import label_probabilities
from theta.pipeline.prepared import Prepared

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Predictions:
    """The most probable label of each document.

    Attributes
    ----------
    names : tuple of str
        All labels that the model can tell.
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


def predict_labels(output: TopicModelOutput) -> Predictions | None:
    """Return the labels of the documents of a run; None if it has learnt none."""
    chances = label_probabilities(output.state, output.doc_topic)
    if chances is None:
        return None
    return Predictions(tuple(output.facts["labels"]), chances.argmax(axis=1), chances.max(axis=1))


def label_task(prepared: Prepared, output: TopicModelOutput) -> LabelTask | None:
    """Return the labelled documents, those to learn from and those to judge by.

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
    predictions = predict_labels(output)
    told = None
    if predictions is not None:
        numbers = [corpus.labels.names.index(name) for name in predictions.names]
        told = np.array(numbers)[predictions.codes[test]]
    vectors = None if prepared.embeddings is None else prepared.embeddings.documents
    return LabelTask(
        train_topics=output.doc_topic[train],
        train_codes=codes[train],
        test_topics=output.doc_topic[test],
        test_codes=codes[test],
        predicted=told,
        train_features=None if vectors is None else vectors[train],
        test_features=None if vectors is None else vectors[test],
    )


def describe_labels(prepared: Prepared, output: TopicModelOutput) -> dict[str, Any] | None:
    """Return how the labels of test documents were told, JSON-ready; None of a run without."""
    task = label_task(prepared, output)
    if task is None or task.predicted is None or not len(task.test_codes):
        return None
    assert prepared.corpus.labels is not None
    scores = label_scores(task.test_codes, task.predicted)
    return {
        "documents": len(task.test_codes),
        "labels": [prepared.corpus.labels.names[code] for code in scores.codes],
        "F1": [round(float(value), 6) for value in scores.f1],
        "confusion_matrix": scores.confusion.tolist(),
        "confusion_matrix_is": "test documents by their label (rows) and the told one (columns)",
    }
