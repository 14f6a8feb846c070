"""Similarity of the topics: a heat map with similar topics next to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import Message, translated
from theta.plots.similarity import order_by_similarity
from theta.plots.style import (
    INK,
    SEQUENTIAL,
    UNKNOWN,
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
    from numpy.typing import NDArray

_WITH_NUMBERS = 15
"""Largest number of topics with numbers in the cells."""


_LONGEST_NAME = 3.5
"""Maximum width of a topic's name in inches."""


def draw(
    similarity: NDArray[np.floating[Any]],
    topics: Sequence[TopicLabel],
    *,
    name: str,
    language: str = "en",
) -> Figure:
    """Return a heat map of the similarity of each pair of topics.

    The diagonal, always 1, is left blank: the colour scale covers the other cells.

    Parameters
    ----------
    similarity : (num_topics, num_topics) float
        Symmetric.
    topics : sequence of TopicLabel
    name : str
        What `similarity` measures.
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    order = order_by_similarity(similarity)
    names = [topics[topic].heading() for topic in order]
    shown = np.array(similarity, dtype=np.float64)[np.ix_(order, order)]
    np.fill_diagonal(shown, np.nan)
    n = len(order)
    side = max(1.6, min((0.32 if n <= _WITH_NUMBERS else 0.24) * n, 0.1 * n + 3.4))
    size = 7 if n <= 50 else 5.5
    title = translated(language, Message("Similarity of topics: {name}", name=name))
    with styled([title, *names]):
        names = [fit(text, size, _LONGEST_NAME) for text in names]
        room = max(text_width(text, size) for text in names) + 0.1
        width = room + side + 0.8
        head = title_height(title, width)
        figure = new_figure(width, head + side + 0.4)
        write_title(figure, title)
        ax = add_panel(figure, room, head, side, side)
        ax.set_facecolor(UNKNOWN)
        limits = _limits(shown)
        image = ax.imshow(
            shown, cmap=SEQUENTIAL, vmin=limits[0], vmax=limits[1], interpolation="nearest",
            aspect="auto",
        )  # fmt: skip
        if n <= _WITH_NUMBERS:
            _write_numbers(ax, shown, limits)
        ax.set_yticks(range(n), names, fontsize=size)
        numbers = [str(topics[topic].number) for topic in order]
        ax.set_xticks(range(n), numbers, fontsize=size, rotation=90)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        if n > 1:
            scale = add_panel(figure, room + side + 0.12, head, 0.12, min(side, 2.5))
            figure.colorbar(image, cax=scale).outline.set_visible(False)
    return figure


def _limits(shown: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends of the colour scale: all of 0 to 1 where the cells have no range."""
    cells = shown[np.isfinite(shown)]
    if not cells.size or np.ptp(cells) < 1e-3:
        return 0.0, 1.0
    return float(cells.min()), float(cells.max())


def _write_numbers(ax: Axes, shown: NDArray[np.float64], limits: tuple[float, float]) -> None:
    middle = limits[0] + 0.55 * (limits[1] - limits[0])
    for row, column in zip(*np.nonzero(np.isfinite(shown)), strict=True):
        value = shown[row, column]
        ax.text(
            column, row, f"{value:.2f}", ha="center", va="center", fontsize=5.5,
            color="white" if value > middle else INK,
        )  # fmt: skip
