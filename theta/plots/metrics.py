"""The metrics of a run, with their intervals and how the topics differ in them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from theta.contracts import Metric
from theta.labels import labels_in
from theta.plots.style import BLUE, GREY, ORANGE, TopicWords, grid_of_panels, styled, topic_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(metrics: Sequence[Metric], topic_words: TopicWords, *, language: str = "en") -> Figure:
    """Return one panel per metric.

    A metric with values per topic shows a dot for each topic, sorted, the extreme ones named; the
    line is the metric, the band its 95 % interval. Others show their number and definition; one
    that could not be computed shows why.

    Parameters
    ----------
    metrics : sequence of Metric
    topic_words : sequence of (sequence of (str, float))
        Names the topics.
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    label = labels_in(language)
    texts = [text for m in metrics for text in (m.name, m.definition, m.reason or "")]
    words = [word for topic in topic_words for word, _ in topic[:3]]
    with styled([*label.values(), *texts, *words]):
        figure, axes = grid_of_panels(
            len(metrics), label["chart_metrics"],
            width=2.5, height=1.9, margins=(0.1, 0.12, 0.24, 0.25),
        )  # fmt: skip
        for ax, metric in zip(axes, metrics, strict=True):
            ax.set_title(heading(metric), fontweight="bold")
            if metric.value is not None and any(v is not None for v in metric.per_topic or ()):
                _draw_topics(ax, metric, topic_words)
            else:
                _write(ax, metric)
    return figure


def heading(metric: Metric) -> str:
    """Return the name, value and interval of a metric: ``NPMI  0.198  [0.17, 0.22]``."""
    if metric.value is None:
        return f"{metric.name}  –"
    text = f"{metric.name}  {metric.value:.3g}"
    if metric.interval is not None:
        text += "  [{:.3g}, {:.3g}]".format(*metric.interval)
    return text


def _write(ax: Axes, metric: Metric) -> None:
    text = metric.definition if metric.reason is None else metric.reason
    ax.axis("off")
    lines = textwrap.wrap(text, 42, break_long_words=True)[:9]
    ax.text(
        0, 0.98, "\n".join(lines), transform=ax.transAxes, va="top", fontsize=6.5,
        color=GREY if metric.reason is None else ORANGE,
    )  # fmt: skip


def _draw_topics(ax: Axes, metric: Metric, topic_words: TopicWords) -> None:
    assert metric.per_topic is not None
    assert metric.value is not None
    pairs = sorted((v, topic) for topic, v in enumerate(metric.per_topic) if v is not None)
    values = [value for value, _ in pairs]
    if metric.interval is not None:
        ax.axvspan(*metric.interval, color=BLUE, alpha=0.15, linewidth=0)
    ax.axvline(metric.value, color=BLUE, linewidth=1)
    ax.plot(values, range(len(values)), "o", color=BLUE, markersize=3, alpha=0.8)
    middle = (min(values) + max(values)) / 2
    # The names stand in the corners that a rising row of dots leaves free.
    for rank, (corner, side) in {0: (1.0, "right"), len(pairs) - 1: (0.0, "left")}.items():
        _, topic = pairs[rank]
        ax.annotate(
            topic_name(topic, topic_words[topic], 2),
            (values[rank], rank), xytext=(corner, 0.02 if rank == 0 else 0.98),
            textcoords="axes fraction", fontsize=6, ha=side, va="bottom" if rank == 0 else "top",
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5},
        )  # fmt: skip
    if min(values) == max(values):
        ax.set_xlim(middle - 0.5, middle + 0.5)
    ax.set_ylim(-0.12 * len(values) - 1, 1.12 * len(values))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
