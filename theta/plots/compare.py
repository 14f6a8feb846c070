"""Runs side by side: one panel per metric, one row per run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from theta.errors import InvalidOption
from theta.i18n import Message, translated
from theta.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    add_panel,
    new_figure,
    shorten,
    styled,
    text_width,
    title_height,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_RUNS = 60
"""More rows are not legible; the first ones in the caller's order are shown."""


def draw(
    runs: Sequence[str],
    metrics: Mapping[str, Sequence[float | None]],
    *,
    best: Mapping[str, Collection[int]] | None = None,
    intervals: Mapping[str, Sequence[tuple[float, float] | None]] | None = None,
    language: str = "en",
) -> Figure:
    """Return a dot per run and metric, the best ones in another colour and shape.

    Parameters
    ----------
    runs : sequence of str
        Names of the runs, in the order of the rows.
    metrics : mapping of str to sequence of (float or None)
        One value per run; None where it could not be computed.
    best : mapping of str to collection of int, optional
        Rows with the best value of a metric.
    intervals : mapping of str to sequence of ((low, high) or None), optional
        95 % intervals.
    language : {"en", "zh"}

    Returns
    -------
    Figure

    Raises
    ------
    InvalidOption
        If no run has a value of any metric.
    """
    shown = {name: values for name, values in metrics.items() if any(v is not None for v in values)}
    if not runs or not shown:
        raise InvalidOption("no run has a metric to compare")
    n = min(len(runs), MAX_RUNS)
    names = [shorten(name, 60) for name in runs[:n]]
    title = translated(language, "Runs compared; diamond: best")
    if len(runs) > n:
        more = Message(" ({n_more} more runs are in the table)", n_more=len(runs) - n)
        title += translated(language, more)
    with styled([title, *names, *shown]):
        columns = min(len(shown), 7)
        rows = -(-len(shown) // columns)
        height = 0.2 * n + 0.1
        left = max(text_width(name, 7) for name in names) + 0.1
        width = left + 1.35 * columns
        head = title_height(title, width)
        figure = new_figure(width, head + rows * (height + 0.5))
        write_title(figure, title)
        for panel, (name, values) in enumerate(shown.items()):
            row, column = divmod(panel, columns)
            top = head + row * (height + 0.5) + 0.22
            ax = add_panel(figure, left + 1.35 * column, top, 1.15, height)
            spans = (intervals or {}).get(name, [None] * len(runs))
            _draw_metric(ax, values[:n], spans[:n], set((best or {}).get(name, ())))
            ax.set_title(name, fontweight="bold")
            ax.set_ylim(n - 0.5, -0.5)
            ax.set_yticks(range(n), names if column == 0 else [""] * n)
    return figure


def _draw_metric(
    ax: Axes,
    values: Sequence[float | None],
    intervals: Sequence[tuple[float, float] | None],
    best: set[int],
) -> None:
    for row, (value, interval) in enumerate(zip(values, intervals, strict=True)):
        ax.axhline(row, color=GREY, alpha=0.2, linewidth=0.5)
        if value is None:
            continue
        colour, marker = (ORANGE, "D") if row in best else (BLUE, "o")
        if interval is not None:
            ax.plot(interval, [row, row], color=colour, linewidth=1, alpha=0.6)
        ax.plot([value], [row], marker, color=colour, markersize=4.5)
    ax.margins(x=0.15)
    ax.locator_params(axis="x", nbins=3)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=6)
    ax.spines["left"].set_visible(False)
