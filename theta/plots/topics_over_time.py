"""The share of each topic over time: means of periods, a smooth curve, and change points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import Message, translated
from theta.plots.means import MIN_DOCS
from theta.plots.style import (
    BLUE,
    GREY,
    ORANGE,
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
    from numpy.typing import NDArray


_WIDTH, _LEFT, _RIGHT = 2.1, 0.36, 0.12


@dataclass(frozen=True)
class SharesOverTime:
    """Topic shares by period.

    Attributes
    ----------
    unit : str
        day, week, month, quarter, year or decade.
    starts : (n_periods,) datetime64[D]
    counts : (n_periods,) int
        Documents in each period.
    mean, low, high : (n_periods, num_topics) float64
        With 95 % intervals; NaN for periods with too few documents.
    smooth, smooth_low, smooth_high : (n_periods, num_topics) float64
        A smooth curve with its 95 % band; NaN where there is none.
    changes : sequence of (int, datetime64)
        Topic and first day of a new level.
    """

    unit: str
    starts: NDArray[np.datetime64]
    counts: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    smooth: NDArray[np.float64]
    smooth_low: NDArray[np.float64]
    smooth_high: NDArray[np.float64]
    changes: Sequence[tuple[int, np.datetime64]] = ()


def draw(
    over: SharesOverTime,
    topics: Sequence[TopicLabel],
    shares: Numbers,
    *,
    language: str = "en",
) -> Figure:
    """Return one panel per topic, largest topic first, with a common scale.

    Parameters
    ----------
    over : SharesOverTime
    topics : sequence of TopicLabel
    shares : (num_topics,) float
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    names = [topic.heading(2) for topic in topics]
    caption = Message(
        "Mean share of topics by {unit} (dots) and a smooth curve, with 95 % intervals; dashed: "
        "change points; left out where there are fewer than {n_docs} documents",
        unit=translated(language, over.unit),
        n_docs=MIN_DOCS,
    )
    title = translated(language, caption)
    documents = translated(language, "Documents")
    with styled([title, documents, *names]):
        figure, axes = grid_of_panels(
            len(names) + 1,
            title,
            width=_WIDTH,
            height=1.35,
            margins=(_LEFT, _RIGHT, 0.22, 0.22),
        )
        highest = np.concatenate([over.high.ravel(), over.smooth_high.ravel()])
        top = 1.05 * float(np.nanmax(highest, initial=0)) or 1.0
        for ax, topic in zip(axes, by_share(shares), strict=False):
            _draw_topic(ax, over, topic)
            ax.set_title(fit(names[topic], 7.5, _WIDTH - _LEFT - _RIGHT), fontsize=7.5)
            ax.set_ylim(0, top)
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        _draw_counts(axes[len(names)], over, documents)
        for ax in axes:
            _date_axis(ax, over.starts)
    return figure


def _draw_topic(ax: Axes, over: SharesOverTime, topic: int) -> None:
    from matplotlib.dates import date2num

    curve, low, high = (
        array[:, topic] for array in (over.smooth, over.smooth_low, over.smooth_high)
    )
    ax.fill_between(over.starts, low, high, color=BLUE, alpha=0.22, linewidth=0)
    ax.plot(over.starts, curve, color=BLUE, linewidth=1.2)
    mean = over.mean[:, topic]
    known = np.isfinite(mean)
    ax.vlines(
        over.starts[known],
        over.low[known, topic],
        over.high[known, topic],
        color=BLUE,
        alpha=0.35,
        linewidth=0.7,
    )
    # A share near 0 % is a whole dot across the axis.
    size = 3.5 if len(mean) <= 60 else 2
    ax.plot(over.starts[known], mean[known], ".", color=BLUE, markersize=size, clip_on=False)
    for changed, begin in over.changes:
        if changed == topic:
            ax.axvline(date2num(begin), color=ORANGE, linewidth=0.9, linestyle="--")
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)


def _draw_counts(ax: Axes, over: SharesOverTime, title: str) -> None:
    ax.step(over.starts, over.counts, where="mid", color=GREY, linewidth=1)
    ax.set_ylim(0, None)
    ax.set_title(title, fontsize=7.5)


def _date_axis(ax: Any, starts: NDArray[np.datetime64]) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    # Keep the dots at the first and last period whole.
    room = max((starts[-1] - starts[0]) // 25, np.timedelta64(1, "D"))
    ax.set_xlim(starts[0] - room, starts[-1] + room)
    locator = AutoDateLocator(minticks=2, maxticks=4)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    ax.tick_params(labelsize=6, length=2, labelbottom=True)
