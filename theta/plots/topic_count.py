"""How well the corpus supports each number of topics, for ``--num_topics auto``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import translated
from theta.plots.style import BLUE, GREY, ORANGE, Numbers, grid_of_panels, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(
    grid: Sequence[int],
    worth: Numbers,
    smooth: Numbers,
    margin: Numbers,
    parts: tuple[Numbers, Numbers],
    *,
    least: float,
    number: int,
    within: tuple[int, int] | None,
    sentence: str,
    language: str = "en",
) -> Figure:
    """Return the worth of each number of topics, and its two parts.

    Parameters
    ----------
    grid : sequence of int
        Numbers of topics, ascending.
    worth, smooth, margin : (n_numbers,) float
        The worth, in topics, drawn as points; smoothed, as a line; and the half-width of its band.
    parts : pair of (n_numbers,) float
        The share of topics that return beyond chance, and the F1 of predicting them by words.
    least : float
        The worth above which a number is supported.
    number : int
        The number used; marked.
    within : (int, int), optional
        The range that cannot be told apart from the best; shaded. None if nothing is supported.
    sentence : str
        The answer, as the title.
    language : {"en", "zh"}

    Returns
    -------
    Figure
    """
    title, *names, returning, readable, supported, numbers = (
        translated(language, text)
        for text in (
            sentence,
            "Topics that return and can be read, less ½ each",
            "The two shares behind it",
            "return in the other half, beyond chance",
            "predicted by words (F1)",
            "a number is supported above",
            "Number of topics",
        )
    )
    with styled([title, *names, returning, readable, supported, numbers]):
        figure, axes = grid_of_panels(
            2, title, width=3.6, height=2.64, margins=(0.5, 0.15, 0.76, 0.25)
        )
        _draw_worth(
            axes[0], np.asarray(grid), np.asarray(worth), np.asarray(smooth), np.asarray(margin)
        )
        dashed: dict[str, Any] = {"color": GREY, "linewidth": 0.8, "linestyle": (0, (4, 3))}
        axes[0].axhline(least, **dashed, label=supported)
        for values, colour, name in zip(parts, (BLUE, ORANGE), (returning, readable), strict=True):
            axes[1].plot(grid, values, ".-", color=colour, linewidth=1.1, markersize=4, label=name)
        axes[1].axhline(0.5, **dashed)
        for ax, name in zip(axes, names, strict=True):
            # Below the panel, where it covers no curve.
            ax.legend(fontsize=6.5, frameon=False, loc="upper left", bbox_to_anchor=(0, -0.22))
            _mark(ax, grid, number, within)
            ax.set_title(name)
            ax.set_xlabel(numbers)
    return figure


def _draw_worth(
    ax: Axes,
    grid: np.ndarray,
    worth: np.ndarray,
    smooth: np.ndarray,
    margin: np.ndarray,
) -> None:
    ax.fill_between(grid, smooth - margin, smooth + margin, color=BLUE, alpha=0.2, linewidth=0)
    ax.plot(grid, smooth, color=BLUE, linewidth=1.1)
    ax.plot(grid, worth, ".", color=BLUE, markersize=4)
    # Far below zero the curve says nothing more.
    span = max(1.0, float(worth.max()))
    ax.set_ylim(max(float((smooth - margin).min()), -span) - 0.05 * span, None)


def _mark(ax: Axes, grid: Sequence[int], number: int, within: tuple[int, int] | None) -> None:
    """Mark the number used and the range around it on an axis of logarithmic numbers."""
    from matplotlib.ticker import NullFormatter, NullLocator

    ax.set_xscale("log")
    shown = grid[:: max(1, len(grid) // 8)]
    ax.set_xticks(shown, [str(k) for k in shown])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    if within is not None:
        ax.axvspan(*within, color=GREY, alpha=0.18, linewidth=0)
    ax.axvline(number, color=ORANGE, linewidth=0.9, linestyle=(0, (4, 3)))
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)
