"""The table of charts. A new one is a file with a CHART and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from theta.plots.chart_data import Chart, ChartData

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHARTS: dict[str, Chart] = {
    module.__name__.rpartition(".")[2]: module.CHART
    for module in (
        topic_words_bars,
        topic_wordclouds,
        topic_similarity,
        document_map,
        metrics,
        training_curves,
        topics_over_time,
        topics_by_group,
    )
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
