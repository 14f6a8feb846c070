"""Runs side by side: one panel per metric, one row per run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from theta.errors import InvalidOption
from theta.plots.labels import labels_in
from theta.plots.style import BLUE, GREY, ORANGE, arrange, new_figure, shorten, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_RUNS = 60
"""More rows cannot be told apart; the caller's order decides which come first."""


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
        What tells each run from the others, in the order of the rows.
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
        If there is nothing to compare.
    """
    label = labels_in(language)
    shown = {name: values for name, values in metrics.items() if any(v is not None for v in values)}
    if not runs or not shown:
        raise InvalidOption("there is no run with a metric to compare")
    n = min(len(runs), MAX_RUNS)
    names = [shorten(name, 60) for name in runs[:n]]
    with styled([*label.values(), *names, *shown]):
        columns = min(len(shown), 7)
        rows = -(-len(shown) // columns)
        height = 0.9 + 0.2 * n
        longest = min(3.6, 0.2 + 0.065 * max(map(len, names)))
        figure = new_figure(longest + 1.25 * columns, 0.4 + rows * height)
        grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
        left_out = label["and_more"].format(n=len(runs) - n) if len(runs) > n else ""
        figure.suptitle(label["compare"] + left_out, x=0.01, ha="left", fontsize=9)
        axes = list(grid.flat)
        for unused in axes[len(shown) :]:
            unused.remove()
        for ax, (name, values) in zip(axes, shown.items(), strict=False):
            spans = (intervals or {}).get(name, [None] * len(runs))
            _draw_metric(ax, values[:n], spans[:n], set((best or {}).get(name, ())))
            ax.set_title(name, fontweight="bold")
        for ax in grid[:, 0]:
            ax.set_yticks(range(n), names)
        axes[0].set_ylim(n - 0.5, -0.5)
        arrange(figure)
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
