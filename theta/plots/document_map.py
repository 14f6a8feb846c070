"""The map of documents, coloured by their main topic, with the topics' words on it.

`theta.plots.map` computes the positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import Message, translated
from theta.plots.map import DocumentMap
from theta.plots.style import (
    GREY,
    INK,
    PALETTE,
    add_panel,
    fit,
    new_figure,
    push_apart,
    styled,
    title_height,
    write_title,
)
from theta.plots.topics import TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


_LONGEST_NAME = 0.4
"""Maximum width of a name, as a share of the map's width."""


def draw(
    document_map: DocumentMap,
    doc_topic: NDArray[np.floating[Any]],
    topics: Sequence[TopicLabel],
    *,
    language: str = "en",
) -> Figure:
    """Return the map of documents.

    Ten colours suffice for any number of topics: neighbours on the map get different colours, and
    each topic is labelled with its number and words.

    Parameters
    ----------
    document_map : DocumentMap
    doc_topic : (n_docs, num_topics) float
        θ of all documents of the corpus.
    topics : sequence of TopicLabel
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    main = np.asarray(doc_topic[document_map.rows]).argmax(axis=1)
    positions = topic_positions(document_map.points, main, doc_topic.shape[1])
    colours = spread_colours(positions)
    many = len(topics) > 30
    whole = [topic.heading(1 if many else 2) for topic in topics]
    title = translated(language, caption(document_map))
    with styled([title, *whole]):
        width = 11 if many else 7.5
        size = 6.5 if many else 8
        names = [fit(name, size, _LONGEST_NAME * width, "bold") for name in whole]
        # The height follows the map, so that no half of the figure is empty.
        across, up = np.ptp(document_map.points, axis=0)
        height = width * float(np.clip(up / max(across, 1e-9), 0.5, 1.25))
        head = title_height(title, width)
        figure = new_figure(width, height + head)
        write_title(figure, title)
        ax = add_panel(figure, 0.05, head, width - 0.1, height - 0.05)
        ax.scatter(
            document_map.points[:, 0],
            document_map.points[:, 1],
            s=14 if len(main) <= 1000 else 6,
            c=[colours[topic] for topic in main],
            alpha=0.55,
            linewidths=0,
            # Thousands of vector markers would make an SVG of many megabytes.
            rasterized=len(main) > 2000,
        )
        ax.margins(0.02)
        ax.set_aspect("equal", adjustable="datalim")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
        _write_names(figure, ax, positions, names, size)
    return figure


def caption(document_map: DocumentMap) -> Message:
    """Return the caption: the method, and how many of the documents are shown."""
    shown, n_docs = len(document_map.rows), document_map.n_docs
    method = document_map.method
    if shown == n_docs:
        return Message(
            "{n_docs:,} documents ({method}); colour: main topic", n_docs=n_docs, method=method
        )
    return Message(
        "{n_shown:,} of {n_docs:,} documents, drawn at random ({method}); colour: main topic",
        n_shown=shown,
        n_docs=n_docs,
        method=method,
    )


def topic_positions(
    points: NDArray[np.floating[Any]], main: NDArray[np.integer[Any]], num_topics: int
) -> NDArray[np.float64]:
    """Return the position of each topic: its document nearest to the median of its documents.

    Parameters
    ----------
    points : (n_shown, 2) float
    main : (n_shown,) int
        The main topic of each document shown.
    num_topics : int

    Returns
    -------
    (num_topics, 2) float64
        NaN for a topic that is not the main topic of any document shown.
    """
    positions = np.full((num_topics, 2), np.nan)
    for topic in np.unique(main):
        own = points[main == topic].astype(np.float64)
        offset = np.linalg.norm(own - np.median(own, axis=0), axis=1)
        positions[topic] = own[offset.argmin()]
    return positions


def spread_colours(positions: NDArray[np.float64]) -> list[str]:
    """Return a colour for each topic such that topics of the same colour are far apart."""
    colours: list[int] = []
    for topic, position in enumerate(positions):
        far = [
            min(
                (
                    float(np.linalg.norm(position - positions[other]))
                    for other in range(topic)
                    if colours[other] == colour and not np.isnan(positions[other]).any()
                ),
                default=np.inf,
            )
            for colour in range(len(PALETTE))
        ]
        colours.append(topic % len(PALETTE) if np.isnan(position).any() else int(np.argmax(far)))
    return [PALETTE[colour] for colour in colours]


def _write_names(
    figure: Figure, ax: Axes, positions: NDArray[np.float64], names: list[str], size: float
) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=2.2, foreground="white")]
    texts = [
        ax.text(
            position[0], position[1], name, fontsize=size, color=INK, fontweight="bold",
            ha="center", va="center", path_effects=halo, clip_on=False,
        )
        for position, name in zip(positions, names, strict=True)
        if not np.isnan(position).any()
    ]  # fmt: skip
    push_apart(figure, ax, texts, colour=GREY)
