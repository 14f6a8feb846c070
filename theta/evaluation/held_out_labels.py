"""How well the labels of test documents are predicted: one protocol for every mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Metric
from theta.evaluation.classification import MAX_DOCUMENTS
from theta.evaluation.inputs import EvaluationInputs, LabelTask
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

METRICS = {
    "accuracy@test": MetricSpec(
        "higher",
        "Share of test documents whose label is predicted correctly from their topics, learning "
        "from the labels of training documents only; the same documents in every mode.",
        measures="shares",
    ),
    "macro_F1@test": MetricSpec(
        "higher",
        "The same, with equal weight for every label, rare or frequent.",
        measures="shares",
    ),
    "NMI@test": MetricSpec(
        "higher",
        "How much information does the main topic of a test document carry about its label?",
        measures="shares",
    ),
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return the metrics of held-out labels; an empty list if there is no label task."""
    task = evidence.label_task
    if task is None:
        return []
    documents = describe_documents(task)
    how: str = Message("{classifier} on θ", classifier=describe_classifier(task))
    if task.predicted is not None:
        how = "the model's own label head"
    definitions = {
        "accuracy@test": Message("accuracy of {how}; {documents}", how=how, documents=documents),
        "macro_F1@test": Message(
            "mean F1 of the labels by {how}; {documents}", how=how, documents=documents
        ),
        "NMI@test": Message(
            "normalised mutual information (arithmetic mean of the entropies) of dominant topic "
            "and label; {documents}",
            documents=documents,
        ),
    }
    reason = missing_labels(task)
    if reason is not None:
        return [Metric(name, None, text, reason=reason) for name, text in definitions.items()]
    # Imported late: scikit-learn takes longer to import than these metrics to compute.
    from sklearn.metrics import f1_score, normalized_mutual_info_score

    predicted = predicted_labels(task, evidence.seed)
    dominant = task.doc_topic[task.test].argmax(axis=1)
    values = {
        "accuracy@test": float((predicted == task.test_codes).mean()),
        "macro_F1@test": float(f1_score(task.test_codes, predicted, average="macro")),
        "NMI@test": float(normalized_mutual_info_score(task.test_codes, dominant)),
    }
    return [
        Metric(name, values[name], text, documents="labelled test documents")
        for name, text in definitions.items()
    ]


def describe_documents(task: LabelTask) -> Message:
    """Return which documents are predicted, for definitions."""
    return Message("{n_docs} labelled test documents", n_docs=len(task.test_codes))


def describe_classifier(task: LabelTask) -> Message:
    """Return what predicts, for definitions."""
    return Message(
        "logistic regression (L2, C = 1) trained on {n_docs} labelled documents",
        n_docs=len(task.train_codes),
    )


def missing_labels(task: LabelTask) -> str | None:
    """Return why nothing can be predicted; None if it can."""
    if len(task.test_codes) == 0:
        return "no test document has a label"
    if len(np.unique(task.train_codes)) < 2:
        return "the training documents have fewer than two labels"
    return None


def predicted_labels(task: LabelTask, seed: int) -> NDArray[np.integer[Any]]:
    """Return the label of each test document: by the model's head, else by a regression on θ."""
    if task.predicted is not None:
        return task.predicted
    return regression_labels(task, task.doc_topic, seed)


def regression_labels(
    task: LabelTask, features: NDArray[np.floating[Any]], seed: int
) -> NDArray[np.integer[Any]]:
    """Return the labels that a logistic regression predicts of the test documents.

    Parameters
    ----------
    task : LabelTask
        Has at least two labels. At most 20,000 training documents are used.
    features : (n_docs, n_features)
        One row per document of the corpus; only the rows needed are read.
    seed : int
        Selects the training documents if there are more.

    Returns
    -------
    (n_test,) int
    """
    # Imported late: scikit-learn takes longer to import than all other metrics to compute.
    from sklearn.linear_model import LogisticRegression

    rows = task.train
    if len(rows) > MAX_DOCUMENTS:
        drawn = np.random.default_rng(seed).choice(len(rows), MAX_DOCUMENTS, False)
        rows = rows[np.sort(drawn)]
    classifier = LogisticRegression(C=1.0, max_iter=1000)
    classifier.fit(np.asarray(features[rows], dtype=np.float64), task.codes[rows])
    return np.asarray(classifier.predict(np.asarray(features[task.test], dtype=np.float64)))


@dataclass(frozen=True)
class LabelScores:
    """Predictions of each label.

    Attributes
    ----------
    codes : (n,) int
        Labels that occur among the true or the predicted ones, ascending.
    confusion : (n, n) int
        Number of documents by true (rows) and predicted label (columns).
    f1 : (n,) float
        F1 of each label.
    """

    codes: NDArray[np.integer[Any]]
    confusion: NDArray[np.int64]
    f1: NDArray[np.float64]


def label_scores(
    label_codes: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]]
) -> LabelScores:
    """Return the confusion matrix and the F1 scores of the labels.

    Parameters
    ----------
    label_codes, predicted : (n_docs,) int
        Must not contain `theta.contracts.UNLABELLED`.
    """
    from sklearn.metrics import confusion_matrix, f1_score

    if (label_codes == UNLABELLED).any() or (predicted == UNLABELLED).any():
        raise ValueError("a confusion matrix cannot contain documents without a label")
    codes = np.union1d(label_codes, predicted)
    confusion = confusion_matrix(label_codes, predicted, labels=codes)
    return LabelScores(codes, confusion, f1_score(label_codes, predicted, average=None))
