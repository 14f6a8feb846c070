"""The share of each topic in each group of documents: labels, covariates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import Message, translated
from theta.plots.groups import DocumentGroups
from theta.plots.means import MIN_DOCS
from theta.plots.style import (
    SEQUENTIAL,
    UNKNOWN,
    add_panel,
    fit,
    new_figure,
    shorten,
    styled,
    text_width,
    title_height,
    wrap,
    write_title,
)
from theta.plots.topics import TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_LONGEST_NAME = 3.0
"""Maximum width of a topic's name in inches."""

MAX_GROUPS = 40
"""If a column has more values, the most frequent are shown, as the title says."""


def with_means(groups: Sequence[DocumentGroups]) -> list[DocumentGroups]:
    """Return the columns with a value that has enough documents for a mean."""
    return [group for group in groups if group.means.counts.max(initial=0) >= MIN_DOCS]


def draw(
    groups: Sequence[DocumentGroups],
    topics: Sequence[TopicLabel],
    *,
    language: str = "en",
) -> Figure:
    """Return a heat map per column: topics down, groups across, mean θ as colour.

    Parameters
    ----------
    groups : sequence of DocumentGroups
        Columns with a value of at least `MIN_DOCS` documents; see `with_means`.
    topics : sequence of TopicLabel
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    names = [topic.heading() for topic in topics]
    tables = [_largest(group) for group in groups]
    columns = [group.title(language) for group in groups]
    written = [*columns, *(name for group in groups for name in group.labels.names)]
    size = 6 if len(names) > 30 else 7
    height = max(0.6, (0.15 if len(names) > 30 else 0.2) * len(names))
    heads = [_group_names(shown, counts) for _, counts, shown in tables]
    caption = Message(
        "Mean share of topics by group; grey: fewer than {n_docs} documents", n_docs=MIN_DOCS
    )
    title = translated(language, caption)
    with styled([title, *names, *written]):
        names = [fit(name, size, _LONGEST_NAME) for name in names]
        left = max(text_width(name, size) for name in names) + 0.1
        longest = max(text_width(name, 6.5) for named in heads for name in named)
        # Names at 60 degrees need this height above the map and half of it beyond the right edge.
        above, beyond = 0.87 * longest + 0.15, 0.5 * longest + 0.05
        widths = [max(1.2, 0.24 * len(named)) for named in heads]
        titles = [
            wrap(_column_name(column, group, shown), 8, width + beyond)
            for column, group, (_, _, shown), width in zip(
                columns, groups, tables, widths, strict=True
            )
        ]
        whole = sum(left + width + beyond for width in widths)
        top = title_height(title, whole) + 0.06 + 0.14 * max(map(len, titles))
        figure = new_figure(whole, top + above + height + 0.6)
        write_title(figure, title)
        norm = _norm([mean for mean, _, _ in tables])
        at = 0.0
        for lines, head, (mean, _, _), width in zip(titles, heads, tables, widths, strict=True):
            ax = add_panel(figure, at + left, top + above, width, height)
            order = _in_blocks(mean)
            ax.set_facecolor(UNKNOWN)
            image = ax.imshow(mean[:, order].T, cmap=SEQUENTIAL, norm=norm, aspect="auto")
            _write_column(figure, ax, "\n".join(lines), above)
            _label(ax, [names[k] for k in order], head, size)
            if at == 0:
                scale = add_panel(figure, left, top + above + height + 0.15, min(width, 2), 0.1)
                _draw_scale(figure, image, scale)
            at += left + width + beyond
    return figure


def _norm(means: Sequence[NDArray[np.float64]]) -> Any:
    """Return the colour scale of all columns, so that equal shares have equal colours.

    With many topics most shares are small and need contrast.
    """
    from matplotlib.colors import PowerNorm

    gamma = 0.5 if means[0].shape[1] > 30 else 1.0
    return PowerNorm(gamma, vmin=0, vmax=max(float(np.nanmax(mean)) for mean in means))


def _column_name(column: str, group: DocumentGroups, shown: list[str]) -> str:
    """Return the name of a column and the number of values not shown."""
    n_left_out = len(group.labels.names) - len(shown)
    return column + (f" (+{n_left_out})" if n_left_out else "")


def _write_column(figure: Figure, ax: Axes, name: str, above: float) -> None:
    """Write the name of a column above its groups, at the same height for all columns."""
    box = ax.get_position()
    figure.text(box.x0, box.y1 + above / figure.get_size_inches()[1], name, fontsize=8)


def _largest(
    group: DocumentGroups,
) -> tuple[NDArray[np.float64], NDArray[np.int64], list[str]]:
    """Return the means, sizes and names of the groups shown, in the order of their names."""
    means, names = group.means, group.labels.names
    shown = np.sort(np.argsort(-means.counts, kind="stable")[:MAX_GROUPS])
    return means.mean[shown], means.counts[shown], [names[code] for code in shown]


def _in_blocks(mean: NDArray[np.float64]) -> list[int]:
    """Return the topics sorted by their strongest group, so that the map is near-diagonal."""
    known = np.nan_to_num(mean)
    strongest = known.argmax(axis=0)
    return sorted(range(mean.shape[1]), key=lambda k: (strongest[k], -known[strongest[k], k]))


def _group_names(names: list[str], counts: NDArray[np.int64]) -> list[str]:
    return [f"{shorten(name, 28)} ({n:,})" for name, n in zip(names, counts, strict=True)]


def _label(ax: Axes, topics: list[str], groups: list[str], size: float) -> None:
    ax.xaxis.tick_top()
    ax.set_xticks(
        range(len(groups)), groups, rotation=60, ha="left", rotation_mode="anchor", fontsize=6.5
    )
    ax.set_yticks(range(len(topics)), topics, fontsize=size)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _draw_scale(figure: Figure, image: Any, ax: Axes) -> None:
    bar = figure.colorbar(image, cax=ax, orientation="horizontal")
    bar.ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    bar.ax.locator_params(nbins=4)
    bar.outline.set_visible(False)
