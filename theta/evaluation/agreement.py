"""Agreement of the dominant topic with known labels: NMI, ARI and purity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED, Metric
from theta.evaluation.bootstrap import as_list
from theta.evaluation.inputs import EvaluationInputs

if TYPE_CHECKING:
    from numpy.typing import NDArray


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return NMI, ARI and purity of the dominant topic; nothing where there are no labels."""
    if evidence.label_codes is None:
        return []
    table = contingency(evidence.doc_topic, evidence.label_codes)
    n_labels = int((table.sum(axis=1) > 0).sum())
    what = f"of dominant topic and label; {evidence.documents_name} ({int(table.sum())})"
    definitions = {
        "NMI": f"normalised mutual information (arithmetic mean of the entropies) {what}",
        "ARI": f"adjusted Rand index {what}",
        "purity": "share of documents whose label is the commonest in their dominant topic; "
        f"{evidence.documents_name} ({int(table.sum())})",
    }
    if n_labels < 2:
        reason = "no document has a label" if n_labels == 0 else "all documents have one label"
        return [Metric(name, None, text, reason=reason) for name, text in definitions.items()]
    sizes = table.sum(axis=0)
    with np.errstate(invalid="ignore"):
        purity_of_topic = as_list(table.max(axis=0) / sizes)
    values = {
        "NMI": normalized_mutual_information(table),
        "ARI": adjusted_rand_index(table),
        "purity": purity(table),
    }
    return [
        Metric(
            name,
            value,
            definitions[name],
            purity_of_topic if name == "purity" else None,
            documents=evidence.documents_name,
        )
        for name, value in values.items()
    ]


def contingency(
    doc_topic: NDArray[np.floating[Any]], label_codes: NDArray[np.integer[Any]]
) -> NDArray[np.int64]:
    """Return how many documents have each label and dominant topic: (n_labels, num_topics).

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ; of equal weights the first topic is dominant.
    label_codes : (n_docs,) int
        `theta.contracts.UNLABELLED` documents are not counted.
    """
    labelled = label_codes != UNLABELLED
    codes = label_codes[labelled].astype(np.int64)
    dominant = doc_topic[labelled].argmax(axis=1)
    n_labels, num_topics = int(codes.max(initial=-1)) + 1, doc_topic.shape[1]
    cells = np.bincount(codes * num_topics + dominant, minlength=n_labels * num_topics)
    return cells.reshape(n_labels, num_topics)


def normalized_mutual_information(table: NDArray[np.integer[Any]]) -> float:
    """Return 2 I(label; topic) / (H(label) + H(topic)).

    Strehl & Ghosh (2002), with the arithmetic mean of the entropies as in scikit-learn. 1 where
    both sides have one group only.

    Parameters
    ----------
    table : (n_labels, num_topics) int
        Documents by label and topic, at least one.
    """
    joint = table / table.sum()
    rows, columns = joint.sum(axis=1), joint.sum(axis=0)
    entropies = _entropy(rows) + _entropy(columns)
    if entropies == 0:
        return 1.0
    cells = joint > 0
    expected = np.outer(rows, columns)
    mutual = float((joint[cells] * np.log(joint[cells] / expected[cells])).sum())
    return max(0.0, 2.0 * mutual / entropies)  # independence may round to −1e-17


def _entropy(shares: NDArray[np.float64]) -> float:
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())


def adjusted_rand_index(table: NDArray[np.integer[Any]]) -> float:
    """Return the Rand index, adjusted for chance: 0 for chance, 1 for equal groupings.

    Hubert & Arabie (1985), https://doi.org/10.1007/BF01908075, equation 5. 1 where both sides
    have one group only, or one group per document.

    Parameters
    ----------
    table : (n_labels, num_topics) int
        Documents by label and topic, at least one.
    """
    together = _pairs(table)
    in_label, in_topic = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    all_pairs = _pairs(table.sum())
    expected = in_label * in_topic / all_pairs if all_pairs else 0.0
    highest = (in_label + in_topic) / 2
    if highest == expected:
        return 1.0
    return (together - expected) / (highest - expected)


def _pairs(counts: NDArray[np.integer[Any]] | np.integer[Any]) -> float:
    n = np.asarray(counts, dtype=np.float64)
    return float((n * (n - 1) / 2).sum())


def purity(table: NDArray[np.integer[Any]]) -> float:
    """Return Σ_topics max_labels n / Σ n (Manning, Raghavan & Schütze 2008, section 16.3).

    Parameters
    ----------
    table : (n_labels, num_topics) int
        Documents by label and topic, at least one.
    """
    return float(table.max(axis=0).sum() / table.sum())
