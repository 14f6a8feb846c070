"""How alike the topics are: a heat map with similar topics side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from theta.plots.labels import labels_in
from theta.plots.similarity import order_by_similarity
from theta.plots.style import SEQUENTIAL, TopicWords, arrange, new_figure, styled, topic_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


def draw(
    similarity: NDArray[np.floating[Any]],
    topic_words: TopicWords,
    *,
    name: str,
    language: str = "en",
) -> Figure:
    """Return a heat map of the similarity of each topic with each other.

    The diagonal, always 1, is left blank, so that the colours have the range of the rest.

    Parameters
    ----------
    similarity : (n_topics, n_topics) float
        Symmetric.
    topic_words : sequence of (sequence of (str, float))
        The top words of each topic, best first.
    name : str
        What `similarity` measures.
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    label = labels_in(language)
    order = order_by_similarity(similarity)
    names = [topic_name(topic, topic_words[topic]) for topic in order]
    shown = np.array(similarity, dtype=np.float64)[np.ix_(order, order)]
    np.fill_diagonal(shown, np.nan)
    n = len(order)
    side = max(2.2, min(0.24 * n, 0.1 * n + 3))
    with styled([*label.values(), *names, name]):
        figure = new_figure(side + 2.9, side + 0.7)
        ax = figure.subplots()
        image = ax.imshow(shown, cmap=SEQUENTIAL, interpolation="nearest")
        ax.set_facecolor("#E6E8EB")
        size = 7 if n <= 50 else 5.5
        ax.set_yticks(range(n), names, fontsize=size)
        ax.set_xticks(range(n), [str(topic) for topic in order], fontsize=size, rotation=90)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_title(f"{label['topic_similarity']}: {name}")
        if n > 1:
            figure.colorbar(image, ax=ax, shrink=0.6, aspect=30, pad=0.02).outline.set_visible(
                False
            )
        arrange(figure)
    return figure
