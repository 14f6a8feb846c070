"""The metrics of a run, with their intervals and their values per topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from theta.contracts import Metric
from theta.i18n import Message, translated
from theta.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    fit,
    grid_of_panels,
    grid_width,
    styled,
    text_width,
    wrap,
)
from theta.plots.topics import TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT, _LEFT, _RIGHT = 2.6, 1.9, 0.1, 0.22
_HEAD, _LINE, _GAP = 0.23, 0.13, 0.12
_HEADING_SIZE, _NOTE_SIZE = 9, 6.5


def draw(
    metrics: Sequence[Metric], topics: Sequence[TopicLabel], *, language: str = "en"
) -> Figure:
    """Return one panel for each metric with values per topic, and a row for each other metric.

    A panel shows one dot per topic, sorted, with the extreme ones labelled; the line is the metric,
    the band its 95 % interval. A row shows value and definition, or why there is no value.

    Parameters
    ----------
    metrics : sequence of Metric
    topics : sequence of TopicLabel
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    notes = {m.name: translated(language, m.reason or m.definition) for m in metrics}
    words = [topic.heading() for topic in topics]
    by_topic = [m for m in metrics if m.value is not None and _values(m)]
    others = [m for m in metrics if m not in by_topic]
    title = translated(language, "Metrics; dot: a topic, line: the metric, band: 95 % interval")
    with styled([title, *notes, *notes.values(), *words]):
        whole = grid_width(len(by_topic), _WIDTH, _HEIGHT)
        lines = {m.name: wrap(notes[m.name], _NOTE_SIZE, whole - 0.3) for m in others}
        heights = [_HEAD + _LINE * len(lines[m.name]) for m in others]
        figure, axes = grid_of_panels(
            len(by_topic), title, below=sum(heights) + _GAP,
            width=_WIDTH, height=_HEIGHT, margins=(_LEFT, _RIGHT, 0.24, 0.25),
        )  # fmt: skip
        for ax, metric in zip(axes, by_topic, strict=True):
            text = heading(metric)
            ax.set_title(text, fontweight="bold", fontsize=_heading_size(text))
            _draw_topics(ax, metric, topics, language)
        top = sum(heights)
        for metric, height in zip(others, heights, strict=True):
            colour = GREY if metric.reason is None else ORANGE
            _write_row(figure, top, heading(metric), "\n".join(lines[metric.name]), colour)
            top -= height
    return figure


def _heading_size(text: str) -> float:
    """Return the font size at which a heading fits above its panel."""
    room = _WIDTH - _LEFT - _RIGHT
    return min(_HEADING_SIZE, _HEADING_SIZE * room / text_width(text, _HEADING_SIZE, "bold"))


def heading(metric: Metric) -> str:
    """Return the name, value and interval of a metric: ``NPMI  0.198  [0.17, 0.22]``."""
    if metric.value is None:
        return f"{metric.name}  –"
    text = f"{metric.name}  {_number(metric.value)}"
    if metric.interval is not None:
        text += "  [{}, {}]".format(*map(_number, metric.interval))
    return text


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _values(metric: Metric) -> list[float]:
    return [value for value in metric.per_topic or () if value is not None]


def _write_row(figure: Figure, top: float, head: str, note: str, colour: str) -> None:
    """Write a metric without values per topic, `top` inches above the lower edge."""
    width, height = figure.get_size_inches()
    figure.text(
        0.1 / width, top / height, head, va="top", fontsize=_HEADING_SIZE, fontweight="bold"
    )
    figure.text(
        0.1 / width, (top - 0.17) / height, note, va="top", fontsize=_NOTE_SIZE, color=colour
    )


def _draw_topics(ax: Axes, metric: Metric, topics: Sequence[TopicLabel], language: str) -> None:
    assert metric.per_topic is not None
    assert metric.value is not None
    pairs = sorted((v, topic) for topic, v in enumerate(metric.per_topic) if v is not None)
    values = [value for value, _ in pairs]
    if metric.interval is not None:
        ax.axvspan(*metric.interval, color=BLUE, alpha=0.15, linewidth=0)
    ax.axvline(metric.value, color=BLUE, linewidth=1)
    ax.plot(values, range(len(values)), "o", color=BLUE, markersize=3, alpha=0.8)
    equal = min(values) == max(values)
    # The labels are in the corners that the rising dots leave free.
    corners = {0: (1.0, "right"), len(pairs) - 1: (0.0, "left")}
    for rank, (corner, side) in corners.items() if not equal else ():
        value, topic = pairs[rank]
        n_equal = values.count(value)
        name = fit(topics[topic].heading(2), 6, 0.95 * (_WIDTH - _LEFT - _RIGHT))
        ax.annotate(
            name if n_equal == 1 else translated(language, Message("{n} topics", n=n_equal)),
            (values[rank], rank), xytext=(corner, 0.02 if rank == 0 else 0.98),
            textcoords="axes fraction", fontsize=6, ha=side, va="bottom" if rank == 0 else "top",
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5},
        )  # fmt: skip
    ax.set_ylim(-0.12 * len(values) - 1, 1.12 * len(values))
    if equal:
        ax.set_xlim(values[0] - 0.5, values[0] + 0.5)
        ax.set_xticks(values[:1], [_number(values[0])])
    else:
        ax.locator_params(axis="x", nbins=4)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
