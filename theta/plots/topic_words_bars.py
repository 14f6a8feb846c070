"""The top words of each topic: one small panel per topic, largest topic first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from theta.i18n import translated
from theta.plots.style import (
    BAR,
    GREY,
    INK,
    Numbers,
    by_share,
    fit,
    grid_of_panels,
    styled,
)
from theta.plots.topics import LINE, TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_WIDTH, _LEFT, _RIGHT = 1.7, 0.06, 0.1


def draw(
    topics: Sequence[TopicLabel],
    shares: Numbers,
    *,
    n_words: int = 10,
    language: str = "en",
) -> Figure:
    """Return one panel of bars per topic.

    Each word is written on its bar, so that panels are narrow and a hundred fit. Each panel has its
    own scale: its bars compare the words of one topic.

    Parameters
    ----------
    topics : sequence of TopicLabel
    shares : (num_topics,) float
        Mean weight of each topic over the documents.
    n_words : int
        Words per topic.
    language : {"en", "zh"}
        Language of the labels.

    Returns
    -------
    Figure
    """
    shown = [list(topic.words[:n_words]) for topic in topics]
    title = translated(
        language, "Top words in the run's ranking; bar: probability of the word in the topic"
    )
    noun = translated(language, "Topic")
    names = [one.name for one in topics]
    with styled([title, *names, noun, *(word for words in shown for word, _ in words)]):
        order, room = by_share(shares), _WIDTH - _LEFT - _RIGHT
        titles = [topics[k].panel_title(shares[k], noun, room) for k in order]
        above = LINE * max((text.count("\n") for text in titles), default=0)
        height = 0.45 + above + 0.15 * max((len(words) for words in shown), default=1)
        figure, axes = grid_of_panels(
            len(shown), title,
            width=_WIDTH, height=height, margins=(_LEFT, _RIGHT, 0.2, 0.23 + above),
        )  # fmt: skip
        for ax, topic, heading in zip(axes, order, titles, strict=True):
            _draw_topic(ax, shown[topic], n_words)
            ax.set_title(heading, fontweight="bold")
    return figure


def _draw_topic(ax: Axes, words: Sequence[tuple[str, float]], n_words: int) -> None:
    values = [value for _, value in words]
    ax.barh(range(len(words)), values, color=BAR, height=0.86)
    widest = max(values, default=0) or 1
    for row, (word, _) in enumerate(words):
        shown = fit(word, 7.5, 0.95 * (_WIDTH - _LEFT - _RIGHT))
        ax.text(widest * 0.02, row, shown, va="center", color=INK, fontsize=7.5)
    ax.set_xlim(0, widest)
    ax.set_ylim(max(n_words, 1) - 0.5, -0.5)
    ax.set_yticks([])
    ax.set_xticks([0, widest], ["0", f"{widest:.2g}"])
    ax.tick_params(axis="x", labelsize=6, color=GREY, length=2)
    first, last = ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    ax.spines["left"].set_visible(False)
