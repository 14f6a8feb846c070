"""How well the labels of test documents are predicted: one protocol for every mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED, Metric
from theta.evaluation.agreement import contingency, normalized_mutual_information
from theta.evaluation.classification import MAX_DOCUMENTS
from theta.evaluation.inputs import EvaluationInputs, LabelTask

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return the metrics of held-out labels; nothing where there is no such task."""
    task = evidence.label_task
    if task is None:
        return []
    documents = f"{len(task.test_codes)} labelled test documents"
    learnt = f"logistic regression (L2, C = 1) learnt from {len(task.train_codes)} labelled ones"
    how = "the model's own label head" if task.predicted is not None else f"{learnt} on θ"
    texts = {
        "accuracy@test": f"accuracy of {how}; {documents}",
        "macro_F1@test": f"mean F1 of the labels by {how}; {documents}",
        "NMI@test": "normalised mutual information (arithmetic mean of the entropies) of dominant "
        f"topic and label; {documents}",
    }
    if task.features is not None:
        texts["control@test"] = f"accuracy of {learnt} on the document embeddings; {documents}"
    reason = _why_not(task)
    if reason is not None:
        return [Metric(name, None, text, reason=reason) for name, text in texts.items()]
    predicted = predicted_labels(task, evidence.seed)
    values = {
        "accuracy@test": float((predicted == task.test_codes).mean()),
        "macro_F1@test": label_scores(task.test_codes, predicted).macro_f1,
        "NMI@test": normalized_mutual_information(
            contingency(task.doc_topic[task.test], task.test_codes)
        ),
    }
    if task.features is not None:
        guessed = regression_labels(task, task.features, evidence.seed)
        values["control@test"] = float((guessed == task.test_codes).mean())
    return [
        Metric(name, values[name], text, documents="labelled test documents")
        for name, text in texts.items()
    ]


def _why_not(task: LabelTask) -> str | None:
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
        With two labels or more. At most 20,000 of its documents are learnt from.
    features : (n_docs, n_features)
        Of the whole corpus; only the rows that are needed are read.
    seed : int
        Draws the documents to learn from where there are more.

    Returns
    -------
    (n_test,) int
    """
    # Late: importing scikit-learn takes longer than all other metrics together.
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
    """What became of each label.

    Attributes
    ----------
    codes : (n,) int
        The labels that a document has or was given, ascending.
    confusion : (n, n) int
        Documents by true label (rows) and predicted label (columns).
    """

    codes: NDArray[np.integer[Any]]
    confusion: NDArray[np.int64]

    @property
    def f1(self) -> NDArray[np.float64]:
        """F1 of each label."""
        both = self.confusion.sum(axis=0) + self.confusion.sum(axis=1)
        return np.asarray(2 * np.diag(self.confusion) / both)

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the labels."""
        return float(self.f1.mean())


def label_scores(
    label_codes: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]]
) -> LabelScores:
    """Return the confusion matrix of some documents.

    Parameters
    ----------
    label_codes, predicted : (n_docs,) int
        None of them `theta.contracts.UNLABELLED`.
    """
    if (label_codes == UNLABELLED).any() or (predicted == UNLABELLED).any():
        raise ValueError("a document without a label has no place in a confusion matrix")
    codes, places = np.unique(np.concatenate([label_codes, predicted]), return_inverse=True)
    true, told = np.split(places, [len(label_codes)])
    cells = np.bincount(true * len(codes) + told, minlength=len(codes) ** 2)
    return LabelScores(codes, cells.reshape(len(codes), len(codes)))
