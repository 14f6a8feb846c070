"""The table of metrics, and the function that computes them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from theta.contracts import Metric
from theta.evaluation import (
    agreement,
    classification,
    coherence,
    diversity,
    exclusivity,
    held_out_labels,
    perplexity,
)
from theta.evaluation.inputs import EvaluationInputs

Better = Literal["higher", "lower"]


@dataclass(frozen=True)
class MetricSpec:
    """One row of the table of metrics.

    Attributes
    ----------
    family : callable
        Takes `EvaluationInputs`, returns this metric and those computed with it; an empty list
        where what they are about (labels) does not exist.
    better : {"higher", "lower"}
    meaning : str
        One line for people who do not know the definition.
    """

    family: Callable[[EvaluationInputs], list[Metric]]
    better: Better
    meaning: str


METRICS: dict[str, MetricSpec] = {
    "TD": MetricSpec(
        diversity.measure,
        "higher",
        "Do topics use different words? 1: no word is in the top 25 of two topics.",
    ),
    "TD@10": MetricSpec(
        diversity.measure, "higher", "The same for the top 10 words, the ones people read."
    ),
    "iRBO": MetricSpec(
        diversity.measure,
        "higher",
        "Do topics rank different words first? 1: no top-10 word is shared; 0: equal lists.",
    ),
    "NPMI": MetricSpec(
        coherence.measure,
        "higher",
        "Do a topic's top words stand close together in texts? 0: as by chance; 1: always.",
    ),
    "C_V": MetricSpec(
        coherence.measure,
        "higher",
        "Do a topic's top words keep the same company? 0: no; 1: exactly the same.",
    ),
    "UMass": MetricSpec(
        coherence.measure,
        "higher",
        "Do a topic's top words share documents? 0 or below; nearer 0 is better.",
    ),
    "Exclusivity": MetricSpec(
        exclusivity.measure,
        "higher",
        "Are a topic's top words its own, and frequent in it? 0 to 1.",
    ),
    "PPL": MetricSpec(
        perplexity.measure,
        "lower",
        "How surprised is the model by the rest of a new document? As if choosing among so many "
        "equally likely words.",
    ),
    "NMI": MetricSpec(
        agreement.measure,
        "higher",
        "How much does the main topic tell about the known label? 0: nothing; 1: everything.",
    ),
    "ARI": MetricSpec(
        agreement.measure,
        "higher",
        "Are the same documents put together as by the labels? 0: by chance; 1: exactly.",
    ),
    "purity": MetricSpec(
        agreement.measure,
        "higher",
        "Share of documents that carry the commonest label of their main topic; grows with K.",
    ),
    "accuracy": MetricSpec(
        classification.measure,
        "higher",
        "Share of labels that a simple classifier guesses from the topic shares alone.",
    ),
    "macro_F1": MetricSpec(
        classification.measure, "higher", "The same, every label counting alike, rare or common."
    ),
    "accuracy@test": MetricSpec(
        held_out_labels.measure,
        "higher",
        "Share of labels of test documents told from their topics, learning from the training "
        "documents' labels alone; the same documents in every mode.",
    ),
    "macro_F1@test": MetricSpec(
        held_out_labels.measure, "higher", "The same, every label counting alike, rare or common."
    ),
    "NMI@test": MetricSpec(
        held_out_labels.measure,
        "higher",
        "How much does the main topic of a test document tell about its label?",
    ),
    "control@test": MetricSpec(
        held_out_labels.measure,
        "higher",
        "accuracy@test without topics: told from the embeddings themselves.",
    ),
}
"""All metrics, in the order in which they are shown. A new one is a file and a line here."""


def evaluate_topics(evidence: EvaluationInputs) -> list[Metric]:
    """Return all metrics of one run, in the order of `METRICS`.

    Metrics about labels are left out where `evidence` has none; whatever else cannot be computed
    has the value None and a reason.

    Parameters
    ----------
    evidence : EvaluationInputs

    Returns
    -------
    list of Metric
    """
    families = dict.fromkeys(row.family for row in METRICS.values())
    metrics = [metric for family in families for metric in family(evidence)]
    order = list(METRICS)
    return sorted(metrics, key=lambda metric: order.index(metric.name))
