"""The tables of correlations of topics and of shares by group."""

from __future__ import annotations

from collections.abc import Sequence

from theta.layout import RunFiles
from theta.pipeline.csv_tables import write_csv
from theta.plots.topics import TopicLabel
from theta.relations.analysis import Relations

_PAIRS = (
    "topic_a", "topic_b", "words_a", "words_b", "correlation", "low", "high", "p_value", "p_bh",
    "clear", "correlation_of_raw_shares",
)  # fmt: skip

_GROUPS = (
    "column", "value", "documents", "topic", "top_words", "share", "standard_error", "low", "high",
    "variance_from_draws",
)  # fmt: skip


def write_relation_tables(
    files: RunFiles, relations: Relations, topics: Sequence[TopicLabel]
) -> None:
    """Write the tables of correlations and of shares by group.

    Parameters
    ----------
    files : RunFiles
    relations : Relations
    topics : sequence of TopicLabel
    """
    words = [" ".join(topic.top(10)) for topic in topics]
    numbers = [topic.number for topic in topics]
    if relations.pairs is not None:
        write_csv(
            files.topic_correlations,
            _PAIRS,
            (
                [
                    numbers[pair.first],
                    numbers[pair.second],
                    words[pair.first],
                    words[pair.second],
                    *pair[2:7],
                    "yes" if pair.is_clear else "no",
                    pair.raw,
                ]
                for pair in relations.pairs
            ),
        )
    if relations.groups:
        write_csv(
            files.topics_by_group,
            _GROUPS,
            (
                [group.column or "label", group.value, group.documents, number, top, *numbers_of]
                for group in relations.groups
                for number, top, *numbers_of in zip(
                    numbers,
                    words,
                    group.mean,
                    group.standard_error,
                    group.low,
                    group.high,
                    group.from_draws,
                    strict=True,
                )
            ),
        )
