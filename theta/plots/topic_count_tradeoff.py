"""Numbers of topics by coherence and exclusivity, as users of the R package stm compare them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from theta.i18n import translated
from theta.plots.style import BLUE, GREY, add_panel, new_figure, styled, title_height, write_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 3.6, 2.9


def draw(
    numbers: Sequence[int],
    coherence: Sequence[float],
    exclusivity: Sequence[float],
    *,
    coherence_name: str,
    language: str = "en",
) -> Figure:
    """Return a point per number of topics, at the mean of its trainings, and a dot per training.

    Up and to the right is better in both; Roberts et al. (2014), "Structural topic models for
    open-ended survey responses", choose among such points by eye.

    Parameters
    ----------
    numbers : sequence of int
        Number of topics of each training.
    coherence, exclusivity : sequence of float
        Of each training.
    coherence_name : str
        Label of the axis.
    language : {"en", "zh"}
    """
    title = translated(language, "Numbers of topics by coherence and exclusivity")
    with styled([title, coherence_name]):
        head = title_height(title, _WIDTH)
        figure = new_figure(_WIDTH, head + _HEIGHT)
        write_title(figure, title)
        ax = add_panel(figure, 0.6, head + 0.05, _WIDTH - 0.75, _HEIGHT - 0.5)
        ax.plot(coherence, exclusivity, "o", color=GREY, markersize=2.5, alpha=0.5, linewidth=0)
        distinct = sorted(set(numbers))
        own = [np.flatnonzero(np.asarray(numbers) == number) for number in distinct]
        xs = [float(np.asarray(coherence)[rows].mean()) for rows in own]
        ys = [float(np.asarray(exclusivity)[rows].mean()) for rows in own]
        ax.plot(xs, ys, color=BLUE, linewidth=0.8, alpha=0.6)
        ax.plot(xs, ys, "o", color=BLUE, markersize=5, linewidth=0)
        for number, x, y in zip(distinct, xs, ys, strict=True):
            ax.annotate(
                str(number), (x, y), xytext=(4, 3), textcoords="offset points", fontweight="bold"
            )
        ax.set_xlabel(coherence_name)
        ax.set_ylabel(translated(language, "Exclusivity"))
        ax.margins(0.12)
        ax.locator_params(nbins=4)
    return figure
