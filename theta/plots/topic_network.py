"""Topics as a network: those that occur together in documents, and those that avoid each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.i18n import Message, translated
from theta.plots.style import (
    BLUE,
    INK,
    ORANGE,
    Numbers,
    add_panel,
    fit,
    new_figure,
    styled,
    title_height,
    write_title,
)
from theta.plots.topics import TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABEL = 1.5
"""Room for names on both sides of the circle, in inches."""

_LEVEL_NAMES = 24
"""Topics up to which names are written level."""

_PER_TOPIC = 3
"""Correlations drawn per topic, at most, on average."""


class Edge(NamedTuple):
    """The correlation of two topics.

    Attributes
    ----------
    first, second : int
    correlation : float
    """

    first: int
    second: int
    correlation: float


def strongest(edges: Sequence[Edge], num_topics: int) -> list[Edge]:
    """Return the edges that are drawn, the strongest first."""
    return sorted(edges, key=lambda edge: -abs(edge.correlation))[: _PER_TOPIC * num_topics]


def draw(
    edges: Sequence[Edge],
    topics: Sequence[TopicLabel],
    shares: Numbers,
    order: Sequence[int],
    *,
    language: str = "en",
) -> Figure:
    """Return the topics on a circle, joined where they correlate.

    Parameters
    ----------
    edges : sequence of Edge
        The clear correlations.
    topics : sequence of TopicLabel
    shares : (num_topics,) float
        Areas of the circles.
    order : sequence of int
        The topics around the circle.
    language : {"en", "zh"}
    """
    shown = strongest(edges, len(topics))
    names = [topic.heading(2) for topic in topics]
    caption = Message(
        "Topics that occur together in documents (solid) and that avoid each other (dashed); "
        "width: correlation; only where the 95 % interval excludes 0",
    )
    title = translated(language, caption)
    size = max(3.2, 0.04 * len(topics))
    # Names of many topics stand along the radius and need room above and below too.
    radial = len(topics) > _LEVEL_NAMES
    with styled([title, *names]):
        width, height = size + 2 * _LABEL, size + 2 * (_LABEL if radial else 0.3)
        head = title_height(title, width)
        figure = new_figure(width, height + head)
        write_title(figure, title)
        ax = add_panel(figure, 0, head, width, height)
        ax.set_axis_off()
        ax.set_xlim(-width / size, width / size)
        ax.set_ylim(-height / size, height / size)
        angle = np.pi / 2 - 2 * np.pi * np.arange(len(order)) / len(order)
        places: dict[int, tuple[float, float]] = {
            topic: (float(np.cos(a)) * 0.94, float(np.sin(a)) * 0.94)
            for topic, a in zip(order, angle, strict=True)
        }
        strong = max((abs(edge.correlation) for edge in shown), default=1.0)
        for edge in reversed(shown):
            _draw_edge(ax, edge, places, strong)
        _draw_topics(ax, names, np.asarray(shares), places, radial=radial)
    return figure


def _draw_edge(ax: Axes, edge: Edge, places: dict[int, tuple[float, float]], strong: float) -> None:
    (x0, y0), (x1, y1) = places[edge.first], places[edge.second]
    positive = edge.correlation > 0
    # A curve towards the middle keeps lines between neighbours apart from the circle.
    t = np.linspace(0, 1, 40)
    x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * (x0 + x1) / 4 + t**2 * x1
    y = (1 - t) ** 2 * y0 + 2 * t * (1 - t) * (y0 + y1) / 4 + t**2 * y1
    ax.plot(
        x,
        y,
        color=BLUE if positive else ORANGE,
        linestyle="-" if positive else (0, (3, 2)),
        linewidth=0.5 + 3 * abs(edge.correlation) / strong,
        alpha=0.65,
        solid_capstyle="round",
    )


def _draw_topics(
    ax: Any,
    names: Sequence[str],
    shares: Any,
    places: dict[int, tuple[float, float]],
    *,
    radial: bool,
) -> None:
    largest = 60 if radial else 180
    for topic, (x, y) in places.items():
        area = 20 + largest * float(shares[topic] / shares.max())
        ax.scatter([x], [y], s=area, color="white", edgecolor=INK, linewidth=0.8, zorder=3)
        side = "left" if x > 0.01 else "right" if x < -0.01 else "center"
        style: dict[str, Any] = {"ha": side, "va": "center"}
        if radial:
            turn = float(np.degrees(np.arctan2(y, x)))
            right = x >= 0
            style = {"ha": "left" if right else "right", "va": "center", "rotation_mode": "anchor"}
            style["rotation"] = turn if right else turn - 180
        elif side == "center":
            style["va"] = "bottom" if y > 0 else "top"
        name = fit(names[topic], 6.5, _LABEL - 0.2)
        ax.annotate(name, (1.07 * x, 1.07 * y), fontsize=6.5, zorder=4, **style)
