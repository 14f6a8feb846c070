"""The table of charts. A new chart is a file in theta/plots with a ``draw``, and an entry here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from theta.i18n import translated
from theta.models.hierarchy import leaves_in_order
from theta.models.topic_count_curve import SUPPORTED
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.plots import (
    document_map,
    metrics,
    topic_count,
    topic_hierarchy,
    topic_network,
    topic_similarity,
    topic_wordclouds,
    topic_words_bars,
    topics_by_group,
    topics_over_time,
    training_curves,
)
from theta.plots.means import MIN_DOCS, why_no_periods
from theta.plots.similarity import SIMILARITY, order_by_similarity
from theta.relations.analysis import Relations
from theta.run import Run
from theta.trends.results import Trends

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Value = TypeVar("Value")


@dataclass(frozen=True)
class Chart:
    """One chart of a run.

    Attributes
    ----------
    shows : str
        One line on what the chart shows.
    draw : callable
        Takes a run and a language and returns the figure. Called only if nothing is `missing`.
    missing : callable
        Takes a run and returns why the chart cannot be drawn, or None.
    """

    shows: str
    draw: Callable[[Run, str], Figure]
    missing: Callable[[Run], str | None] = lambda _: None


CHARTS: dict[str, Chart] = {
    "topic_words_bars": Chart(
        "the top words of each topic",
        lambda run, language: topic_words_bars.draw(run.labels, run.shares, language=language),
    ),
    "topic_wordclouds": Chart(
        "a cloud of words per topic",
        lambda run, language: topic_wordclouds.draw(run.labels, run.shares, language=language),
    ),
    "topic_similarity": Chart(
        "how similar the topics are",
        lambda run, language: topic_similarity.draw(
            run.similarity,
            run.labels,
            name=translated(language, SIMILARITY),
            language=language,
        ),
        lambda run: "there is only one topic" if run.num_topics < 2 else None,
    ),
    "topic_hierarchy": Chart(
        "which topics are alike, and in which groups",
        lambda run, language: topic_hierarchy.draw(
            [(*node.children, node.height) for node in run.hierarchy.nodes],
            [group.name for group in run.hierarchy.groups],
            run.labels,
            leaves_in_order(run.hierarchy.nodes),
            language=language,
        ),
        lambda run: None if run.hierarchy.nodes else "there is only one topic",
    ),
    "document_map": Chart(
        "the map of documents",
        lambda run, language: document_map.draw(
            _known(run.document_map), run.doc_topic, run.labels, language=language
        ),
        lambda run: None if run.document_map else "there are fewer than three documents",
    ),
    "metrics": Chart(
        "the metrics with their intervals",
        lambda run, language: metrics.draw(run.metrics, run.labels, language=language),
        lambda run: None if run.metrics else "the run has not been evaluated",
    ),
    "training_curves": Chart(
        "losses by epoch",
        lambda run, language: training_curves.draw(
            run.history, best_epoch=run.facts.get("best_epoch"), language=language
        ),
        lambda run: (
            None if training_curves.curves(run.history) else "the model is not trained in epochs"
        ),
    ),
    "topic_count": Chart(
        "how well the corpus supports each number of topics",
        lambda run, language: _topic_count(_known(run.topic_count), language),
        lambda run: (
            "the number of topics was not estimated (--num_topics auto)"
            if run.topic_count is None
            else None
            if run.topic_count.grid
            else "there were too few documents to estimate the number of topics"
        ),
    ),
    "topics_over_time": Chart(
        "the share of each topic over time",
        lambda run, language: topics_over_time.draw(
            _over_time(_known(run.over_time)), run.labels, run.shares, language=language
        ),
        lambda run: (
            "the corpus has no dates"
            if run.prepared.corpus.times is None
            else why_no_periods(run.prepared.corpus.times)
        ),
    ),
    "topic_network": Chart(
        "topics that occur together and that avoid each other",
        lambda run, language: _network(run, _known(run.relations), language),
        lambda run: (
            "the correlations of topics have not been estimated (theta relations)"
            if run.relations is None
            else (None if run.relations.clear else "no two topics clearly correlate")
        ),
    ),
    "topics_by_group": Chart(
        "the share of each topic by label and covariate",
        lambda run, language: topics_by_group.draw(
            topics_by_group.with_means(run.groups), run.labels, language=language
        ),
        lambda run: (
            "the corpus has no labels and no cov_ columns"
            if not run.groups
            else None
            if topics_by_group.with_means(run.groups)
            else f"no value of {', '.join(group.title('en') for group in run.groups)} has "
            f"{MIN_DOCS} documents"
        ),
    ),
}
"""The charts of a run by file name, in drawing order."""


def _topic_count(estimate: TopicCountEstimate, language: str) -> Figure:
    return topic_count.draw(
        estimate.grid,
        estimate.worth,
        estimate.judged,
        estimate.margin,
        (estimate.beyond_chance, estimate.readable),
        least=SUPPORTED,
        number=estimate.number,
        within=estimate.within,
        sentence=estimate.sentence,
        language=language,
    )


def _network(run: Run, relations: Relations, language: str) -> Figure:
    return topic_network.draw(
        [topic_network.Edge(one.first, one.second, one.correlation) for one in relations.clear],
        run.labels,
        run.shares,
        order_by_similarity(run.similarity),
        language=language,
    )


def _over_time(trends: Trends) -> topics_over_time.SharesOverTime:
    fields = ("mean", "low", "high", "smooth", "smooth_low", "smooth_high")
    return topics_over_time.SharesOverTime(
        trends.unit,
        np.array(trends.starts, dtype="datetime64[D]"),
        np.array(trends.counts),
        **{name: trends.array(name) for name in fields},
        changes=[(one.topic, np.datetime64(one.begin)) for one in trends.changes or ()],
    )


def _known(value: Value | None) -> Value:
    """Return a value that `Chart.missing` has checked not to be None."""
    assert value is not None
    return value
