"""All metrics: the families that declare and compute them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import ModuleType

from theta.contracts import Metric
from theta.evaluation import (
    agreement,
    classification,
    coherence,
    control,
    diversity,
    exclusivity,
    held_out_labels,
    meaning,
    perplexity,
)
from theta.evaluation.inputs import EvaluationInputs
from theta.evaluation.spec import MetricSpec

WORD_FAMILIES = (diversity, coherence)
"""Those that depend on nothing but the top words."""

FAMILIES = (
    *WORD_FAMILIES,
    exclusivity,
    perplexity,
    agreement,
    classification,
    held_out_labels,
    control,
)
"""Modules with METRICS and ``measure``. A new metric is one file and one line here.

`meaning` is not among them: it reads C_V from the others' results."""

METRICS: dict[str, MetricSpec] = {
    name: spec
    for family in (*WORD_FAMILIES, meaning, *FAMILIES)
    for name, spec in family.METRICS.items()
}
"""All metrics by name, in the order in which they are shown."""


def evaluate_topics(evidence: EvaluationInputs, known: Sequence[Metric] = ()) -> list[Metric]:
    """Return all metrics of one run, in the order of `METRICS`.

    Label metrics are left out if `evidence` has no labels; any other metric that cannot be computed
    has the value None and a reason.

    Parameters
    ----------
    evidence : EvaluationInputs
    known : sequence of Metric
        Metrics that are not computed again: see `unchanged_metrics`.
    """
    return _measure(FAMILIES, evidence, known)


def unchanged_metrics(metrics: Iterable[Metric], *, same_shares: bool) -> list[Metric]:
    """Return the metrics of some topics that keep their values when the topics are edited.

    Parameters
    ----------
    metrics : iterable of Metric
    same_shares : bool
        Whether the edited topics have the same shares of all documents, in the same order.
    """
    unchanged = {"data", "shares"} if same_shares else {"data"}
    names = {name for name, spec in METRICS.items() if spec.measures in unchanged}
    return [metric for metric in metrics if metric.name in names]


def evaluate_words(evidence: EvaluationInputs) -> list[Metric]:
    """Return the metrics that depend on the top words only, in the order of `METRICS`."""
    return _measure(WORD_FAMILIES, evidence)


def _measure(
    families: Sequence[ModuleType], evidence: EvaluationInputs, known: Sequence[Metric] = ()
) -> list[Metric]:
    """Return the metrics of some families; those whose metrics are known do not measure."""
    metrics = list(known)
    names = {metric.name for metric in known}
    for family in families:
        if not names >= family.METRICS.keys():
            metrics += family.measure(evidence)
    metrics += meaning.measure(evidence, metrics)
    order = list(METRICS)
    return sorted(metrics, key=lambda metric: order.index(metric.name))
