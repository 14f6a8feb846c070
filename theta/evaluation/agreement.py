"""Agreement of the dominant topic with known labels: NMI, ARI and purity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Metric
from theta.evaluation.bootstrap import as_list
from theta.evaluation.inputs import EvaluationInputs
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

METRICS = {
    "NMI": MetricSpec(
        "higher",
        "How much information does the main topic carry about the known label? 0: none; 1: all.",
        measures="shares",
    ),
    "ARI": MetricSpec(
        "higher",
        "Do topics group the documents as the labels do? 0: no better than chance; 1: exactly.",
        measures="shares",
    ),
    "purity": MetricSpec(
        "higher",
        "Share of documents with the most frequent label of their main topic; grows with K.",
        depends_on_topics="purity",
        measures="shares",
    ),
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return NMI, ARI and purity of the dominant topic; an empty list without labels."""
    if evidence.label_codes is None:
        return []
    labelled = evidence.label_codes != UNLABELLED
    codes = evidence.label_codes[labelled]
    dominant = evidence.doc_topic[labelled].argmax(axis=1)
    templates = {
        "NMI": "normalised mutual information (arithmetic mean of the entropies) of dominant topic "
        "and label; {documents} ({n_docs})",
        "ARI": "adjusted Rand index of dominant topic and label; {documents} ({n_docs})",
        "purity": "share of documents whose label is the most frequent in their dominant topic; "
        "{documents} ({n_docs})",
    }
    definitions = {
        name: Message(text, documents=evidence.documents_name, n_docs=len(codes))
        for name, text in templates.items()
    }
    if len(np.unique(codes)) < 2:
        reason = "all documents have one label" if len(codes) else "no document has a label"
        return [Metric(name, None, text, reason=reason) for name, text in definitions.items()]
    # Imported late: scikit-learn takes longer to import than these metrics to compute.
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    of_topic, overall = purity(dominant, codes, evidence.doc_topic.shape[1])
    values = {
        "NMI": float(normalized_mutual_info_score(codes, dominant)),
        "ARI": float(adjusted_rand_score(codes, dominant)),
        "purity": overall,
    }
    return [
        Metric(
            name,
            value,
            definitions[name],
            as_list(of_topic) if name == "purity" else None,
            documents=evidence.documents_name,
        )
        for name, value in values.items()
    ]


def purity(
    dominant: NDArray[np.integer[Any]], codes: NDArray[np.integer[Any]], num_topics: int
) -> tuple[NDArray[np.float64], float]:
    """Return the purity of each topic and of all topics: Σ_topics max_labels n / Σ n.

    Manning, Raghavan & Schütze 2008, Introduction to Information Retrieval, section 16.3.

    Parameters
    ----------
    dominant : (n_docs,) int
        Main topic of each document.
    codes : (n_docs,) int
        Label codes, starting at 0.
    num_topics : int

    Returns
    -------
    of_topic : (num_topics,) float64
        NaN for a topic that is not the main topic of any document.
    overall : float
    """
    table = np.zeros((int(codes.max()) + 1, num_topics), dtype=np.int64)
    np.add.at(table, (codes, dominant), 1)
    most_frequent = table.max(axis=0)
    with np.errstate(invalid="ignore"):
        of_topic = most_frequent / table.sum(axis=0)
    return of_topic, float(most_frequent.sum() / len(codes))
