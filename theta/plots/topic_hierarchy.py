"""The hierarchy over the topics as a dendrogram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from theta.i18n import translated
from theta.plots.style import (
    BLUE,
    GREY,
    INK,
    add_panel,
    fit,
    new_figure,
    styled,
    text_width,
    title_height,
    write_title,
)
from theta.plots.topics import TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LONGEST_NAME = 3.0
_WIDTH = 4.6
_ROW = 0.2
_SHORTEST_STEM = 0.3
"""Least length in inches of a line that carries the name of its group."""

_NAME_SIZE = 5.5

Merge = tuple[int, int, float]
"""Two children and the height of their merge. A child is a topic, or, from ``len(topics)`` on, the
merge ``child - len(topics)``."""


def places(merges: Sequence[Merge], order: Sequence[int]) -> list[tuple[float, float]]:
    """Return the height and the row of each topic, then of each merge.

    Parameters
    ----------
    merges : sequence of (int, int, float)
    order : sequence of int
        The topics from the first row to the last.
    """
    found = [(0.0, float(order.index(topic))) for topic in range(len(order))]
    for first, second, height in merges:
        found.append((height, (found[first][1] + found[second][1]) / 2))
    return found


def draw(
    merges: Sequence[Merge],
    names: Sequence[str],
    topics: Sequence[TopicLabel],
    order: Sequence[int],
    *,
    language: str = "en",
) -> Figure:
    """Return a dendrogram: topics at the left, and groups joined at their dissimilarity.

    Parameters
    ----------
    merges : sequence of (int, int, float)
        The most similar first.
    names : sequence of str
        Of the groups that the merges make.
    topics : sequence of TopicLabel
    order : sequence of int
        The topics from the first row to the last, so that no lines cross.
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    title = translated(
        language, "Hierarchy of the topics; the further right two meet, the less alike"
    )
    headings = [topics[topic].heading() for topic in order]
    with styled([title, *headings, *names]):
        headings = [fit(text, 7, _LONGEST_NAME) for text in headings]
        room = max(text_width(text, 7) for text in headings) + 0.12
        width, height = room + _WIDTH + 0.15, max(_ROW * len(order), 0.6)
        head = title_height(title, width)
        figure = new_figure(width, head + height + 0.1)
        write_title(figure, title)
        ax = add_panel(figure, room, head, _WIDTH, height)
        _draw_tree(ax, merges, names, places(merges, order))
        ax.set_xlim(0, 1.02)
        ax.set_ylim(len(order) - 0.5, -0.5)
        ax.set_yticks(range(len(order)), headings, fontsize=7)
        ax.set_xticks([])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    return figure


def _draw_tree(
    ax: Axes,
    merges: Sequence[Merge],
    names: Sequence[str],
    found: Sequence[tuple[float, float]],
) -> None:
    num_topics = len(found) - len(merges)
    for at, (first, second, height) in enumerate(merges, start=num_topics):
        ends = sorted(found[child][1] for child in (first, second))
        ax.plot([height, height], ends, color=BLUE, linewidth=0.9)
        for child in (first, second):
            start, row = found[child]
            ax.plot([start, height], [row, row], color=BLUE, linewidth=0.9)
            stem = (height - start) / 1.02 * _WIDTH
            if child >= num_topics and stem >= _SHORTEST_STEM:
                name = fit(names[child - num_topics], _NAME_SIZE, stem - 0.06)
                ax.text(start + 0.008, row - 0.08, name, fontsize=_NAME_SIZE, color=INK)
        if at == len(found) - 1:
            ax.plot([height, 1.02], [found[at][1]] * 2, color=GREY, linewidth=0.6)
