"""How well the labels of test documents are predicted without topics: what a run may reach."""

from __future__ import annotations

from theta.contracts import Metric
from theta.evaluation.held_out_labels import (
    describe_classifier,
    describe_documents,
    missing_labels,
    regression_labels,
)
from theta.evaluation.inputs import EvaluationInputs
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

CONTROL = "control@test"

METRICS = {
    CONTROL: MetricSpec(
        "higher",
        "accuracy@test without topics: predicted from the embeddings themselves.",
        measures="data",
    ),
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return the accuracy of predictions from embeddings; an empty list if there are none."""
    task = evidence.label_task
    if task is None or task.features is None:
        return []
    definition = Message(
        "accuracy of {classifier} on the document embeddings; {documents}",
        classifier=describe_classifier(task),
        documents=describe_documents(task),
    )
    reason = missing_labels(task)
    if reason is not None:
        return [Metric(CONTROL, None, definition, reason=reason)]
    predicted = regression_labels(task, task.features, evidence.seed)
    accuracy = float((predicted == task.test_codes).mean())
    return [Metric(CONTROL, accuracy, definition, documents="labelled test documents")]
