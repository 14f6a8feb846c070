"""Settings as lines across axes of options and objectives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import translated
from theta.plots.style import (
    ORANGE,
    SEQUENTIAL,
    add_panel,
    new_figure,
    styled,
    title_height,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_AXIS, _HEIGHT, _MARGIN = 1.15, 2.4, 0.55


def draw(
    axes: Mapping[str, Sequence[Any]],
    standing: Sequence[float],
    recommended: int,
    *,
    logarithmic: Sequence[str] = (),
    language: str = "en",
) -> Figure:
    """Return one line per setting across vertical axes; darker is better.

    Parameters
    ----------
    axes : mapping of str to sequence
        The values of each option and objective, one per setting.
    standing : sequence of float
        Mean rank of each setting, 0 to 1.
    recommended : int
        Position of the recommended setting, drawn in another colour.
    logarithmic : sequence of str
        Options with a logarithmic axis.
    language : {"en", "zh"}
    """
    import matplotlib as mpl

    title = translated(language, "Settings: darker is better, orange is recommended")
    scaled, labels = {}, {}
    for name, values in axes.items():
        scaled[name], labels[name] = _scale(values, log=name in logarithmic)
    with styled([title, *axes, *(text for ends in labels.values() for text in ends)]):
        width = max(_AXIS * (len(axes) - 1) + 2 * _MARGIN, 3.4)
        head = title_height(title, width)
        figure = new_figure(width, head + _HEIGHT + 0.5)
        write_title(figure, title)
        ax = add_panel(figure, _MARGIN, head + 0.2, width - 2 * _MARGIN, _HEIGHT - 0.1)
        table = np.array(list(scaled.values())).T
        shades = mpl.colormaps[SEQUENTIAL](0.25 + 0.75 * _scale(standing, log=False)[0])
        for row in np.argsort(standing, kind="stable"):
            if row != recommended:
                ax.plot(table[row], color=shades[row], linewidth=0.8, alpha=0.8)
        ax.plot(table[recommended], color=ORANGE, linewidth=2)
        for place, name in enumerate(axes):
            ax.axvline(place, color="black", linewidth=0.5)
            low, high = labels[name]
            ax.text(place, -0.03, low, ha="center", va="top", fontsize=6)
            ax.text(place, 1.02, high, ha="center", va="bottom", fontsize=6)
        ax.set_xticks(range(len(axes)), list(axes))
        ax.tick_params(axis="x", length=0, pad=14)
        ax.set_yticks([])
        ax.set_ylim(0, 1)
        ax.set_xlim(0, len(axes) - 1)
        for spine in ax.spines.values():
            spine.set_visible(False)
    return figure


def _scale(values: Sequence[Any], *, log: bool) -> tuple[NDArray[np.float64], tuple[str, str]]:
    """Return positions from 0 to 1 and the labels of the ends."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        numbers = np.asarray(values, dtype=float)
        low, high = float(numbers.min()), float(numbers.max())
        ends = (f"{low:.4g}", f"{high:.4g}")
        if log:
            numbers, low, high = np.log(numbers), float(np.log(low)), float(np.log(high))
    else:
        names = sorted({str(value) for value in values})
        numbers = np.array([names.index(str(value)) for value in values], dtype=float)
        low, high, ends = 0.0, len(names) - 1.0, (names[0], names[-1])
    if high == low:
        return np.full(len(numbers), 0.5), ends
    return (numbers - low) / (high - low), ends
