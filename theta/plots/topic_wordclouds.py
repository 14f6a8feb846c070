"""A word cloud per topic: larger words rank higher.

The layout is our own, so that size shows rank: the ``wordcloud`` package shrinks a word until it
fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import translated
from theta.plots.fonts import families_for
from theta.plots.style import PALETTE, Numbers, by_share, grid_of_panels, styled
from theta.plots.topics import LINE, TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_WIDTH, _HEIGHT = 180.0, 120.0
_LARGEST = 44.0
_SMALLEST = 0.4
_MARGIN = 1.2
_FILLED = 0.5
_STEP = 3.0


def draw(
    topics: Sequence[TopicLabel],
    shares: Numbers,
    *,
    n_words: int | None = None,
    language: str = "en",
) -> Figure:
    """Return one cloud per topic, largest topic first.

    Sizes fall linearly from the first word of the ranking to the last, in the same way for every
    topic. Words are horizontal, for legibility.

    Parameters
    ----------
    topics : sequence of TopicLabel
    shares : (num_topics,) float
    n_words : int, optional
        Words per topic; 25, or 12 for more than thirty topics.
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    if n_words is None:
        n_words = 25 if len(topics) <= 30 else 12
    words = [word for topic in topics for word in topic.top(n_words)]
    title = translated(language, "Top words; the larger, the earlier in the run's ranking")
    noun = translated(language, "Topic")
    names = [one.name for one in topics]
    with styled([title, *names, noun, *words]):
        order = by_share(shares)
        titles = [topics[k].panel_title(shares[k], noun, 2.1 - 2 * 0.06) for k in order]
        above = LINE * max((text.count("\n") for text in titles), default=0)
        figure, axes = grid_of_panels(
            len(topics), title,
            width=2.1, height=1.65 + above, margins=(0.06, 0.06, 0.05, 0.24 + above),
        )  # fmt: skip
        families = families_for(words)
        for ax, topic, heading in zip(axes, order, titles, strict=True):
            ax.set_title(heading, fontweight="bold")
            ax.set_xlim(0, _WIDTH)
            ax.set_ylim(0, _HEIGHT)
            ax.set_aspect("equal")
            ax.axis("off")
            _draw_cloud(ax, topics[topic].top(n_words), families)
    return figure


def _draw_cloud(ax: Axes, words: Sequence[str], families: list[str]) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    outlines = [_outline(word, families) for word in words if word.strip()]
    if not outlines:
        return
    # The control points of a curve enclose it: this box is cheap and never too small.
    boxes = np.array(
        [
            [points.min(axis=0), points.max(axis=0)]
            for points in (
                outline.vertices[outline.codes != Path.CLOSEPOLY] for outline in outlines
            )
        ]
    )
    sizes = np.linspace(1, _SMALLEST, len(outlines))
    scale, corners = place_words(boxes[:, 1] - boxes[:, 0], sizes)
    placed = [
        Path((outline.vertices - box[0]) * size * scale + corner, outline.codes)
        for outline, box, size, corner in zip(outlines, boxes, sizes, corners, strict=True)
    ]
    # Three colours separate neighbouring words; they have no other meaning.
    colours = [PALETTE[rank % 3 * 2] for rank in range(len(placed))]
    ax.add_collection(PathCollection(placed, facecolors=colours, linewidths=0), autolim=False)


def place_words(
    shapes: NDArray[np.float64], sizes: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return a common scale and the lower left corner of each word, so that none overlap.

    Words are placed in order, each at the free position nearest to the centre. If there is none,
    all words are scaled down and placed again.

    Parameters
    ----------
    shapes : (n, 2) float
        Width and height of each word at size 1.
    sizes : (n,) float
        Relative sizes.

    Returns
    -------
    scale : float
        A word is drawn at ``size * scale``.
    corners : (n, 2) float
    """
    # Horizontal words rarely fill more than this share of a page.
    area = float((shapes.prod(axis=1) * sizes**2).sum())
    scale = min(_LARGEST, float(np.sqrt(_FILLED * _WIDTH * _HEIGHT / area)))
    while True:
        extents = shapes * (sizes * scale)[:, None] + 2 * _MARGIN
        corners = _place(extents)
        if corners is not None:
            return scale, corners + _MARGIN
        scale *= 0.92


def _place(extents: NDArray[np.float64]) -> NDArray[np.float64] | None:
    page = np.array([_WIDTH, _HEIGHT])
    if (extents > page).any():
        return None
    xs, ys = np.meshgrid(np.arange(0, _WIDTH, _STEP), np.arange(0, _HEIGHT, _STEP))
    centres = np.column_stack([xs.ravel(), ys.ravel()])
    # Nearest first, by ellipses with the aspect ratio of the page.
    near = np.argsort((((centres - page / 2) / page) ** 2).sum(axis=1), kind="stable")
    centres = centres[near]
    corners = np.empty_like(extents)
    for word, extent in enumerate(extents):
        low = centres - extent / 2
        low = low[((low >= 0) & (low + extent <= page)).all(axis=1)]
        for other in range(word):
            beside = (low >= corners[other] + extents[other]) | (low + extent <= corners[other])
            low = low[beside[:, 0] | beside[:, 1]]
        if not len(low):
            return None
        corners[word] = low[0]
    return corners


def _outline(word: str, families: list[str]) -> Any:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    return TextPath((0, 0), word, size=1, prop=FontProperties(family=families))
