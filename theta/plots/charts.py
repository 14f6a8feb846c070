"""The table of charts. A new one is a file with a ``draw`` and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from theta.errors import InvalidOption
from theta.plots import (
    document_map,
    metrics,
    topic_similarity,
    topic_wordclouds,
    topic_words_bars,
    topics_by_group,
    topics_over_time,
    training_curves,
)
from theta.plots.chart_data import ChartData
from theta.plots.means import MIN_DOCS, means_over_time, why_no_periods

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Value = TypeVar("Value")


@dataclass(frozen=True)
class Chart:
    """One chart of a run.

    Attributes
    ----------
    shows : str
        One line for the reader.
    draw : callable
        Takes the picture of a run whose `missing` is None and returns the figure.
    missing : callable
        Takes the picture of a run and returns why the chart cannot be drawn, or None.
    """

    shows: str
    draw: Callable[[ChartData], Figure]
    missing: Callable[[ChartData], str | None] = lambda _: None


CHARTS: dict[str, Chart] = {
    "topic_words_bars": Chart(
        "the top words of each topic",
        lambda run: topic_words_bars.draw(run.topic_words, run.shares, language=run.language),
    ),
    "topic_wordclouds": Chart(
        "a cloud of words per topic",
        lambda run: topic_wordclouds.draw(run.topic_words, run.shares, language=run.language),
    ),
    "topic_similarity": Chart(
        "how alike the topics are",
        lambda run: topic_similarity.draw(
            _known(run.similarity), run.topic_words, name=run.similarity_name, language=run.language
        ),
        lambda run: (
            "their similarity is not known"
            if run.similarity is None
            else "there is one topic only"
            if len(run.topic_words) < 2
            else None
        ),
    ),
    "document_map": Chart(
        "the map of documents",
        lambda run: document_map.draw(
            _known(run.document_map), run.doc_topic, run.topic_words, language=run.language
        ),
        lambda run: None if run.document_map else "there is no map of the documents",
    ),
    "metrics": Chart(
        "the metrics with their intervals",
        lambda run: metrics.draw(run.metrics, run.topic_words, language=run.language),
        lambda run: None if run.metrics else "the run has not been evaluated",
    ),
    "training_curves": Chart(
        "losses by epoch",
        lambda run: training_curves.draw(
            run.history, best_epoch=run.best_epoch, language=run.language
        ),
        lambda run: (
            None if training_curves.curves(run.history) else "the model is not trained in epochs"
        ),
    ),
    "topics_over_time": Chart(
        "the share of each topic over time",
        lambda run: topics_over_time.draw(
            *means_over_time(run.doc_topic, _known(run.times)),
            run.topic_words,
            run.shares,
            language=run.language,
        ),
        lambda run: "the corpus has no dates" if run.times is None else why_no_periods(run.times),
    ),
    "topics_by_group": Chart(
        "the share of each topic by label and covariate",
        lambda run: topics_by_group.draw(
            run.doc_topic,
            topics_by_group.with_means(run.groups),
            run.topic_words,
            language=run.language,
        ),
        lambda run: (
            "the corpus has no labels and no cov_ columns"
            if not run.groups
            else None
            if topics_by_group.with_means(run.groups)
            else f"no value of {', '.join(run.groups)} has {MIN_DOCS} documents"
        ),
    ),
}
"""All charts of a run by the name of their file, in the order in which they are drawn."""


def draw(name: str, run: ChartData) -> Figure:
    """Return the chart `name` of a run.

    Parameters
    ----------
    name : str
        A key of `CHARTS`.
    run : ChartData

    Raises
    ------
    InvalidOption
        If there is no such chart, or the run lacks what it shows.
    """
    if name not in CHARTS:
        raise InvalidOption(f"there is no chart {name!r}; the charts are {', '.join(CHARTS)}")
    reason = CHARTS[name].missing(run)
    if reason is not None:
        raise InvalidOption(f"{name} cannot be drawn: {reason}")
    return CHARTS[name].draw(run)


def _known(value: Value | None) -> Value:
    """Return a value that `Chart.missing` has found to be there."""
    assert value is not None
    return value
