"""The share of each topic in each group of documents: labels, covariates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import Labels
from theta.plots.labels import labels_in
from theta.plots.means import MIN_DOCS, means_by_group
from theta.plots.style import (
    SEQUENTIAL,
    TopicWords,
    arrange,
    new_figure,
    shorten,
    styled,
    topic_name,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

MAX_GROUPS = 40
"""Of a column with more values the most frequent are shown, and the title says so."""


def draw(
    doc_topic: NDArray[np.floating[Any]],
    groups: Mapping[str, Labels],
    topic_words: TopicWords,
    *,
    language: str = "en",
) -> Figure:
    """Return a heat map per column: topics down, groups across, mean θ as colour.

    Parameters
    ----------
    doc_topic : (n_docs, n_topics) float
        θ.
    groups : mapping of str to Labels
        At least one column.
    topic_words : sequence of (sequence of (str, float))
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    label = labels_in(language)
    names = [topic_name(k, words) for k, words in enumerate(topic_words)]
    tables = {column: _largest(doc_topic, labels) for column, labels in groups.items()}
    widths = [max(1.6, 0.26 * len(shown)) for _, _, shown in tables.values()]
    written = [*groups, *(name for labels in groups.values() for name in labels.names)]
    with styled([*label.values(), *names, *written]):
        size = 0.17 if len(names) > 30 else 0.22
        figure = new_figure(sum(widths) + 2.2 * len(widths), 2.2 + size * len(names))
        axes = figure.subplots(1, len(tables), squeeze=False, width_ratios=widths)[0]
        figure.suptitle(
            label["topics_by_group"].format(min_docs=MIN_DOCS), x=0.01, ha="left", fontsize=9
        )
        for ax, (column, (mean, counts, shown)) in zip(axes, tables.items(), strict=True):
            order = _in_blocks(mean)
            image = ax.imshow(mean[:, order].T, cmap=SEQUENTIAL, vmin=0, aspect="auto")
            ax.set_facecolor("#E6E8EB")
            n_left_out = len(groups[column].names) - len(shown)
            ax.set_title(column + (f" (+{n_left_out})" if n_left_out else ""), fontsize=8)
            _label(ax, [names[k] for k in order], shown, counts)
            bar = figure.colorbar(image, ax=ax, location="bottom", shrink=0.6, aspect=25, pad=0.02)
            bar.ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            bar.outline.set_visible(False)
        arrange(figure)
    return figure


def _largest(
    doc_topic: NDArray[np.floating[Any]], labels: Labels
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Return the means, sizes and names of the groups shown, in the order of their names."""
    means = means_by_group(doc_topic, labels)
    shown = np.sort(np.argsort(-means.counts, kind="stable")[:MAX_GROUPS])
    return means.mean[shown], means.counts[shown], [labels.names[code] for code in shown]


def _in_blocks(mean: NDArray[np.float64]) -> list[int]:
    """Return the topics by the group in which they are strongest, so that they form a diagonal."""
    known = np.nan_to_num(mean)
    strongest = known.argmax(axis=0)
    return sorted(range(mean.shape[1]), key=lambda k: (strongest[k], -known[strongest[k], k]))


def _label(ax: Axes, topics: list[str], groups: list[str], counts: NDArray[np.int64]) -> None:
    named = [f"{shorten(name, 28)} ({n:,})" for name, n in zip(groups, counts, strict=True)]
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(named)), named, rotation=60, ha="left", fontsize=6.5)
    ax.set_yticks(range(len(topics)), topics, fontsize=6 if len(topics) > 30 else 7)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
