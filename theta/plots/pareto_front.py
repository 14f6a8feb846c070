"""Settings by pairs of objectives, with those that no other beats in all of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from theta.i18n import translated
from theta.plots.style import BLUE, GREY, ORANGE, grid_of_panels, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _HEIGHT = 2.5, 2.1


def draw(
    objectives: Mapping[str, Sequence[float]],
    higher: Mapping[str, bool],
    front: Collection[int],
    recommended: int,
    *,
    language: str = "en",
) -> Figure:
    """Return a panel for each pair of the first objective with another.

    Parameters
    ----------
    objectives : mapping of str to sequence of float
        At least two, with one value per setting.
    higher : mapping of str to bool
        Whether more of an objective is better; axes point to the better side.
    front : collection of int
        Positions of the settings that no other beats in all objectives.
    recommended : int
        Position of the recommended setting.
    language : {"en", "zh"}
    """
    title = translated(
        language, "Front: no other setting is better in all objectives; diamond: recommended"
    )
    first, *others = objectives
    with styled([title, *objectives]):
        figure, axes = grid_of_panels(
            len(others), title, width=_WIDTH, height=_HEIGHT, margins=(0.55, 0.15, 0.45, 0.1)
        )
        on_front = [row in front for row in range(len(objectives[first]))]
        for ax, other in zip(axes, others, strict=True):
            for shown, colour, size in ((False, GREY, 3), (True, BLUE, 4.5)):
                rows = [row for row, on in enumerate(on_front) if on is shown]
                ax.plot(
                    [objectives[first][row] for row in rows],
                    [objectives[other][row] for row in rows],
                    "o",
                    color=colour,
                    markersize=size,
                    alpha=0.8,
                    linewidth=0,
                )
            x, y = objectives[first][recommended], objectives[other][recommended]
            ax.plot([x], [y], "D", color=ORANGE, markersize=6)
            ax.set_xlabel(first)
            ax.set_ylabel(other)
            ax.margins(0.1)
            ax.locator_params(nbins=4)
            if not higher[first]:
                ax.invert_xaxis()
            if not higher[other]:
                ax.invert_yaxis()
    return figure
