"""Effects of covariates on topic shares: dots with intervals, and lines with bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import Message, translated
from theta.plots.style import (
    BLUE,
    GREY,
    PALETTE,
    Numbers,
    add_panel,
    by_share,
    fit,
    grid_of_panels,
    grid_width,
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

MAX_PANELS = 12
"""Effects of one variable that are drawn; all are in the table."""

_LONGEST_NAME = 3.0
"""Maximum width of a topic's name in inches."""

_PANEL, _ROW = 1.7, 0.19
_WIDTH, _LEFT, _RIGHT = 2.1, 0.4, 0.12


@dataclass(frozen=True)
class Estimates:
    """Estimates with 95 % intervals, one per topic; NaN where there is none.

    Attributes
    ----------
    name : str
        What they are of.
    estimate, low, high : (num_topics,) float
    clear : (num_topics,) bool, optional
        Which are significant after adjustment.
    """

    name: str
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    clear: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Line:
    """Estimates along a variable, of one group of documents.

    Attributes
    ----------
    name : str
        Of the group; empty if there is only one line.
    estimate, low, high : (n_values, num_topics) float
    """

    name: str
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def draw_dots(
    panels: Sequence[Estimates], topics: Sequence[TopicLabel], term: str, *, language: str = "en"
) -> Figure:
    """Return one panel per effect: topics down, in the order of the first effect.

    Parameters
    ----------
    panels : sequence of Estimates
        Differences of shares. At most `MAX_PANELS` are drawn.
    topics : sequence of TopicLabel
    term : str
        For the title.
    language : {"en", "zh"}
    """
    names = [topic.heading() for topic in topics]
    shown = panels[:MAX_PANELS]
    caption = Message(
        "Effect of {term} on topic shares in percentage points, with 95 % intervals; filled: "
        "p ≤ .05, adjusted for the topics (Benjamini–Hochberg)",
        term=term,
    )
    title = translated(language, caption)
    order = sorted(range(len(names)), key=lambda k: np.nan_to_num(shown[0].estimate[k]))
    with styled([title, *names, *(panel.name for panel in shown)]):
        rows = [fit(name, 7, _LONGEST_NAME) for name in names]
        left = max(text_width(name, 7) for name in rows) + 0.12
        width = left + len(shown) * (_PANEL + 0.15)
        head, height = title_height(title, width) + 0.22, max(0.6, _ROW * len(names))
        figure = new_figure(width, head + height + 0.3)
        write_title(figure, title)
        for number, panel in enumerate(shown):
            at = left + number * (_PANEL + 0.15)
            ax = add_panel(figure, at, head, _PANEL, height)
            _draw_dots(ax, panel, order)
            ax.set_title(fit(panel.name, 7.5, _PANEL), fontsize=7.5)
            named = [rows[k] for k in order] if number == 0 else []
            ax.set_yticks(range(len(order)) if named else [], named, fontsize=7)
    return figure


def _draw_dots(ax: Axes, panel: Estimates, order: Sequence[int]) -> None:
    estimate, low, high = (
        100 * np.asarray(values)[list(order)] for values in (panel.estimate, panel.low, panel.high)
    )
    clear = np.zeros(len(order), dtype=bool) if panel.clear is None else panel.clear[list(order)]
    position = np.arange(len(order))
    ax.axvline(0, color=GREY, linewidth=0.7)
    ax.hlines(position, low, high, color=BLUE, linewidth=1)
    ax.plot(estimate, position, "o", color=BLUE, markersize=3.5, markerfacecolor="white")
    ax.plot(estimate[clear], position[clear], "o", color=BLUE, markersize=3.5)
    ax.set_ylim(-0.6, len(order) - 0.4)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=6)
    ax.grid(axis="x", color=GREY, alpha=0.25, linewidth=0.5)
    ax.locator_params(axis="x", nbins=4)


def draw_lines(
    values: Sequence[float | str] | NDArray[Any],
    lines: Sequence[Line],
    topics: Sequence[TopicLabel],
    shares: Numbers,
    variable: str,
    *,
    language: str = "en",
) -> Figure:
    """Return one panel per topic, largest topic first: predicted shares along a variable.

    Parameters
    ----------
    values : sequence of float, str or datetime64
        Of the variable; levels are drawn at equal distances.
    lines : sequence of Line
    topics : sequence of TopicLabel
    shares : (num_topics,) float
    variable : str
    language : {"en", "zh"}
    """
    names = [topic.heading(2) for topic in topics]
    caption = Message(
        "Predicted share of topics by {variable}, with 95 % intervals, averaged over the documents",
        variable=variable,
    )
    title = translated(language, caption)
    levels = [str(value) for value in values] if isinstance(values[0], str) else None
    groups = [line.name for line in lines if line.name]
    whole = grid_width(len(names), _WIDTH, 1.35)
    per_row = max(1, int(whole / 1.6))
    below = 0.18 * -(-len(groups) // per_row) + (0.1 if groups else 0)
    with styled([title, *names, *groups, *(levels or ())]):
        figure, axes = grid_of_panels(
            len(names),
            title,
            width=_WIDTH,
            height=1.35,
            margins=(_LEFT, _RIGHT, 0.24, 0.22),
            below=below,
        )
        for ax, topic in zip(axes, by_share(shares), strict=True):
            for number, line in enumerate(lines):
                colour = PALETTE[number % len(PALETTE)]
                _draw_line(ax, values, levels, line, topic, colour, (number, len(lines)))
            ax.set_title(fit(names[topic], 7.5, _WIDTH - _LEFT - _RIGHT), fontsize=7.5)
            ax.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g}%")
            ax.tick_params(labelsize=6, length=2)
            ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)
            _label_values(ax, values, levels)
        if groups:
            handles, _ = axes[0].get_legend_handles_labels()
            figure.legend(
                handles[: len(groups)],
                groups,
                loc="lower left",
                ncols=per_row,
                frameon=False,
                fontsize=7,
            )
    return figure


def _draw_line(
    ax: Axes,
    values: Any,
    levels: Sequence[str] | None,
    line: Line,
    topic: int,
    colour: str,
    place: tuple[int, int],
) -> None:
    mean, low, high = (array[:, topic] for array in (line.estimate, line.low, line.high))
    if levels is None:
        ax.fill_between(values, low, high, color=colour, alpha=0.2, linewidth=0)
        ax.plot(values, mean, color=colour, linewidth=1.1, label=line.name)
        return
    number, n_lines = place
    position = np.arange(len(levels)) + 0.5 * (number - (n_lines - 1) / 2) / n_lines
    ax.vlines(position, low, high, color=colour, linewidth=1)
    ax.plot(position, mean, "o-", color=colour, linewidth=0.6, markersize=3, label=line.name)


def _label_values(ax: Any, values: Any, levels: Sequence[str] | None) -> None:
    if levels is not None:
        width = (_WIDTH - _LEFT - _RIGHT) / len(levels)
        step = max(1, round(0.35 / width))
        ticks = range(0, len(levels), step)
        ax.set_xticks(ticks, [fit(levels[i], 6, width * step) for i in ticks])
    elif np.issubdtype(np.asarray(values).dtype, np.datetime64):
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        locator = AutoDateLocator(minticks=2, maxticks=4)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    else:
        ax.locator_params(axis="x", nbins=5)
