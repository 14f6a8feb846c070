"""All metrics: the families that declare and compute them."""

from __future__ import annotations

from theta.contracts import Metric
from theta.evaluation import (
    agreement,
    classification,
    coherence,
    diversity,
    exclusivity,
    held_out_labels,
    meaning,
    perplexity,
)
from theta.evaluation.inputs import EvaluationInputs
from theta.evaluation.spec import MetricSpec

FAMILIES = (
    diversity,
    coherence,
    exclusivity,
    perplexity,
    agreement,
    classification,
    held_out_labels,
)
"""Modules with METRICS and ``measure``. A new metric is one file and one line here.

`meaning` is not among them: it reads C_V from the others' results."""

METRICS: dict[str, MetricSpec] = {
    name: spec
    for family in (diversity, coherence, meaning, *FAMILIES)
    for name, spec in family.METRICS.items()
}
"""All metrics by name, in the order in which they are shown."""


def evaluate_topics(evidence: EvaluationInputs) -> list[Metric]:
    """Return all metrics of one run, in the order of `METRICS`.

    Label metrics are left out if `evidence` has no labels; any other metric that cannot be computed
    has the value None and a reason.
    """
    metrics = [metric for family in FAMILIES for metric in family.measure(evidence)]
    metrics += meaning.measure(evidence, metrics)
    order = list(METRICS)
    return sorted(metrics, key=lambda metric: order.index(metric.name))
