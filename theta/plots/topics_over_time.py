"""The share of each topic over time, with confidence bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import Message, labels_in, translated
from theta.plots.means import (
    MIN_DOCS,
    GroupMeans,
    Periods,
)
from theta.plots.style import (
    BLUE,
    GREY,
    Numbers,
    by_share,
    fit,
    grid_of_panels,
    styled,
)
from theta.plots.topics import TopicLabel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_WIDTH, _LEFT, _RIGHT = 2.1, 0.36, 0.12


def draw(
    periods: Periods,
    means: GroupMeans,
    topics: Sequence[TopicLabel],
    shares: Numbers,
    *,
    language: str = "en",
) -> Figure:
    """Return one panel per topic, largest topic first, with a common scale.

    Parameters
    ----------
    periods : Periods
    means : GroupMeans
        Means per period and topic, from `theta.plots.means.means_over_time`. The line is broken at
        periods with too few documents.
    topics : sequence of TopicLabel
    shares : (num_topics,) float
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    label = labels_in(language)
    names = [topic.heading(2) for topic in topics]
    caption = Message(
        "Mean share of topics by {unit}, with 95 % intervals (Student's t); left out where there "
        "are fewer than {n_docs} documents",
        unit=label[periods.unit],
        n_docs=MIN_DOCS,
    )
    title = translated(language, caption)
    with styled([title, *label.values(), *names]):
        figure, axes = grid_of_panels(
            len(names) + 1,
            title,
            width=_WIDTH,
            height=1.35,
            margins=(_LEFT, _RIGHT, 0.22, 0.22),
        )
        top = 1.05 * float(np.nanmax(means.high, initial=0)) or 1.0
        for ax, topic in zip(axes, by_share(shares), strict=False):
            _draw_topic(ax, periods, means, topic)
            ax.set_title(fit(names[topic], 7.5, _WIDTH - _LEFT - _RIGHT), fontsize=7.5)
            ax.set_ylim(0, top)
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        _draw_counts(axes[len(names)], periods, means, label["documents"])
        for ax in axes:
            _date_axis(ax, periods)
    return figure


def _draw_topic(ax: Axes, periods: Periods, means: GroupMeans, topic: int) -> None:
    mean, low, high = (array[:, topic] for array in (means.mean, means.low, means.high))
    ax.fill_between(periods.starts, low, high, color=BLUE, alpha=0.22, linewidth=0)
    # A period between two omitted ones has no line or band: it gets a dot with an error bar.
    known = np.isfinite(mean)
    alone = known & ~np.append(known[1:], False) & ~np.append(False, known[:-1])
    ax.plot(periods.starts, mean, color=BLUE, linewidth=1.1)
    ax.vlines(periods.starts[alone], low[alone], high[alone], color=BLUE, alpha=0.5, linewidth=1)
    # A share near 0 % is a whole dot across the axis.
    ax.plot(periods.starts[alone], mean[alone], ".", color=BLUE, markersize=4, clip_on=False)
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)


def _draw_counts(ax: Axes, periods: Periods, means: GroupMeans, title: str) -> None:
    ax.step(periods.starts, means.counts, where="mid", color=GREY, linewidth=1)
    ax.set_ylim(0, None)
    ax.set_title(title, fontsize=7.5)


def _date_axis(ax: Any, periods: Periods) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    # Keep the dots at the first and last period whole.
    room = max((periods.starts[-1] - periods.starts[0]) // 25, np.timedelta64(1, "D"))
    ax.set_xlim(periods.starts[0] - room, periods.starts[-1] + room)
    locator = AutoDateLocator(minticks=2, maxticks=4)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    ax.tick_params(labelsize=6, length=2, labelbottom=True)
