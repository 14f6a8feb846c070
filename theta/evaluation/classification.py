"""Can a linear classifier predict the labels from θ? Accuracy and macro-F1."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Metric
from theta.evaluation.inputs import EvaluationInputs
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

N_FOLDS = 5
MAX_DOCUMENTS = 20_000

METRICS = {
    "accuracy": MetricSpec(
        "higher",
        "Share of labels that a simple classifier predicts from the topic shares alone.",
        measures="shares",
    ),
    "macro_F1": MetricSpec(
        "higher",
        "The same, with equal weight for every label, rare or frequent.",
        measures="shares",
    ),
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return cross-validated accuracy and macro-F1; an empty list without labels."""
    if evidence.label_codes is None:
        return []
    rows = classifiable_rows(evidence.label_codes, evidence.seed)
    codes = evidence.label_codes[rows]
    n_labels = len(np.unique(codes))
    definitions = {
        name: Message(
            "{measure} of logistic regression (L2, C = 1) on θ, {n_folds}-fold stratified "
            "cross-validation; {documents} whose label has at least {n_folds} documents, at most "
            "{most} drawn by the seed ({n_docs} documents, {n_labels} labels)",
            measure=score,
            n_folds=N_FOLDS,
            documents=evidence.documents_name,
            most=MAX_DOCUMENTS,
            n_docs=len(rows),
            n_labels=n_labels,
        )
        for name, score in (("accuracy", "accuracy"), ("macro_F1", "mean F1 of the labels"))
    }
    if n_labels < 2:
        reason = Message("fewer than two labels have {n_folds} documents", n_folds=N_FOLDS)
        return [Metric(name, None, text, reason=reason) for name, text in definitions.items()]
    predicted = cross_validated_labels(
        evidence.doc_topic[rows], codes, evidence.seed, evidence.n_threads
    )
    from sklearn.metrics import f1_score

    values = {
        "accuracy": float((predicted == codes).mean()),
        "macro_F1": float(f1_score(codes, predicted, average="macro")),
    }
    documents = evidence.documents_name
    return [Metric(n, value, definitions[n], documents=documents) for n, value in values.items()]


def classifiable_rows(label_codes: NDArray[np.integer[Any]], seed: int) -> NDArray[np.intp]:
    """Return the documents whose label is frequent enough for all folds, ascending."""
    labelled = label_codes != UNLABELLED
    if labelled.sum() > MAX_DOCUMENTS:
        rng = np.random.default_rng(seed)
        drawn = rng.choice(np.flatnonzero(labelled), MAX_DOCUMENTS, replace=False)
        labelled = np.zeros_like(labelled)
        labelled[drawn] = True
    names, code, n = np.unique(label_codes[labelled], return_inverse=True, return_counts=True)
    return np.flatnonzero(labelled)[(n >= N_FOLDS)[code]] if len(names) else np.empty(0, np.intp)


def cross_validated_labels(
    doc_topic: NDArray[np.floating[Any]],
    label_codes: NDArray[np.integer[Any]],
    seed: int,
    n_threads: int = 1,
) -> NDArray[np.integer[Any]]:
    """Return the label predicted for each document by a classifier that was not trained on it.

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ.
    label_codes : (n_docs,) int
        At least two labels, each with `N_FOLDS` documents or more.
    seed : int
        Seed of the folds.
    n_threads : int
        Number of folds at a time; the labels do not depend on it.

    Returns
    -------
    (n_docs,) int
    """
    # Imported late: scikit-learn takes longer to import than all other metrics to compute.
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    # θ of a run has this precision; in double precision the fits take twice as long.
    features = doc_topic.astype(np.float32)
    predicted = np.empty_like(label_codes)

    def predict(fold: tuple[NDArray[np.intp], NDArray[np.intp]]) -> None:
        train, test = fold
        classifier = LogisticRegression(C=1.0, max_iter=1000)
        classifier.fit(features[train], label_codes[train])
        predicted[test] = classifier.predict(features[test])

    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(predict, folds.split(features, label_codes)))
    return predicted
