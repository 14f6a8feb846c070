"""Can a linear classifier read the labels from θ? Accuracy and macro-F1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED, Metric
from theta.evaluation.inputs import EvaluationInputs

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_FOLDS = 5
MAX_DOCUMENTS = 20_000


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return cross-validated accuracy and macro-F1; nothing where there are no labels."""
    if evidence.label_codes is None:
        return []
    rows = classifiable_rows(evidence.label_codes, evidence.seed)
    codes = evidence.label_codes[rows]
    n_labels = len(np.unique(codes))
    what = (
        f"of logistic regression (L2, C = 1) on θ, {N_FOLDS}-fold stratified cross-validation; "
        f"{evidence.documents_name} whose label has at least {N_FOLDS} documents, "
        f"at most {MAX_DOCUMENTS} drawn by the seed ({len(rows)} documents, {n_labels} labels)"
    )
    definitions = {"accuracy": f"accuracy {what}", "macro_F1": f"mean F1 of the labels {what}"}
    if n_labels < 2:
        reason = f"fewer than two labels have {N_FOLDS} documents"
        return [Metric(name, None, text, reason=reason) for name, text in definitions.items()]
    predicted = cross_validated_labels(evidence.doc_topic[rows], codes, evidence.seed)
    values = {
        "accuracy": float((predicted == codes).mean()),
        "macro_F1": macro_f1(codes, predicted),
    }
    documents = evidence.documents_name
    return [Metric(n, value, definitions[n], documents=documents) for n, value in values.items()]


def classifiable_rows(label_codes: NDArray[np.integer[Any]], seed: int) -> NDArray[np.intp]:
    """Return the documents whose label is frequent enough for every fold, ascending."""
    labelled = label_codes != UNLABELLED
    if labelled.sum() > MAX_DOCUMENTS:
        rng = np.random.default_rng(seed)
        drawn = rng.choice(np.flatnonzero(labelled), MAX_DOCUMENTS, replace=False)
        labelled = np.zeros_like(labelled)
        labelled[drawn] = True
    names, place, n = np.unique(label_codes[labelled], return_inverse=True, return_counts=True)
    return np.flatnonzero(labelled)[(n >= N_FOLDS)[place]] if len(names) else np.empty(0, np.intp)


def cross_validated_labels(
    doc_topic: NDArray[np.floating[Any]], label_codes: NDArray[np.integer[Any]], seed: int
) -> NDArray[np.integer[Any]]:
    """Return the label of each document as predicted by a classifier that did not see it.

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ.
    label_codes : (n_docs,) int
        At least two labels, each with `N_FOLDS` documents or more.
    seed : int
        Of the folds.

    Returns
    -------
    (n_docs,) int
    """
    # Late: importing scikit-learn takes longer than all other metrics together.
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    features = doc_topic.astype(np.float64)
    predicted = np.empty_like(label_codes)
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    for train, test in folds.split(features, label_codes):
        classifier = LogisticRegression(C=1.0, max_iter=1000)
        classifier.fit(features[train], label_codes[train])
        predicted[test] = classifier.predict(features[test])
    return predicted


def macro_f1(label_codes: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]]) -> float:
    """Return the mean over labels of F1 = 2 true positives / (documents + predictions).

    Parameters
    ----------
    label_codes, predicted : (n_docs,) int
        Every predicted label is a label of some document.
    """
    names, codes = np.unique(label_codes, return_inverse=True)
    guesses = np.searchsorted(names, predicted)
    n = len(names)
    right = np.bincount(codes[codes == guesses], minlength=n)
    sizes = np.bincount(codes, minlength=n) + np.bincount(guesses, minlength=n)
    return float((2 * right / sizes).mean())
