"""What coders said of the topics of a run, as metrics for the page and the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theta.contracts import Metric
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

NAMES = {
    "words": "word_intrusion",
    "documents": "document_intrusion",
    "topics": "topic_intrusion",
    "rating": "rating",
}
"""Name of the score of each task, as in topics.csv."""

CODED = {
    "word_intrusion": MetricSpec(
        "higher", "How often do coders find the word that does not belong to the topic?"
    ),
    "document_intrusion": MetricSpec(
        "higher", "How often do coders find the document that is not about the topic?"
    ),
    "topic_intrusion": MetricSpec(
        "higher", "How often do coders find the topic that a document does not have?"
    ),
    "rating": MetricSpec("higher", "How well do the top words fit together, from 1 to 3?"),
}
"""Direction and meaning of each score."""


TITLES = {
    "word_intrusion": "Word intrusion",
    "document_intrusion": "Document intrusion",
    "topic_intrusion": "Topic intrusion",
    "rating": "Rating",
}
"""What the page calls each score."""


def coded_metrics(scores: Mapping[str, Any], numbers: Sequence[int]) -> list[Metric]:
    """Return the scores of a run as metrics.

    Parameters
    ----------
    scores : mapping
        By task, as `theta.intrusion.scores.score` returns them.
    numbers : (num_topics,) int
        The numbers of the topics.
    """
    metrics = []
    for task, name in NAMES.items():
        if task not in scores:
            continue
        scored = scores[task]
        by_number = {row["topic"]: row["value"] for row in scored["per_topic"]}
        per_topic = [by_number.get(number) for number in numbers]
        counts = {"n_answers": scored["answers"], "n_items": scored["items"]}
        definition = Message(
            "mean of {n_answers} ratings of {n_items} topics, each topic counted once", **counts
        )
        if scored["chance"] is not None:
            definition = Message(
                "share of {n_answers} answers to {n_items} items that name the intruder; by "
                "chance: {chance}",
                **counts,
                chance=f"{scored['chance']:.2f}",
            )
        interval = None if scored["interval"] is None else tuple(scored["interval"])
        metrics.append(Metric(name, scored["value"], definition, per_topic, interval))
    return metrics
