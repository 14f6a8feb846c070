"""How much of the variance of each objective an option explains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from theta.i18n import translated
from theta.plots.style import (
    BLUE,
    add_panel,
    new_figure,
    styled,
    text_width,
    title_height,
    write_title,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIDTH, _BAR = 1.6, 0.2


def draw(importance: Mapping[str, Mapping[str, float]], *, language: str = "en") -> Figure:
    """Return a panel of bars for each objective, one bar per option.

    Parameters
    ----------
    importance : mapping of str to (mapping of str to float)
        By objective, the share of each option in the variance.
    language : {"en", "zh"}
    """
    title = translated(language, "Importance: share of each option in the variance (fANOVA)")
    totals: dict[str, float] = {}
    for shares in importance.values():
        for option, share in shares.items():
            totals[option] = totals.get(option, 0.0) + share
    options = sorted(totals, key=lambda option: (totals[option], option))
    with styled([title, *options, *importance]):
        left = max(text_width(option, 7) for option in options) + 0.15
        width = max(left + _WIDTH * len(importance), 3.4)
        head = title_height(title, width)
        height = _BAR * len(options) + 0.1
        figure = new_figure(width, head + height + 0.55)
        write_title(figure, title)
        for column, (objective, shares) in enumerate(importance.items()):
            ax = add_panel(figure, left + column * _WIDTH, head + 0.22, _WIDTH - 0.3, height)
            ax.barh(range(len(options)), [shares.get(o, 0.0) for o in options], 0.65, color=BLUE)
            ax.set_title(objective, fontweight="bold")
            ax.set_xlim(0, 1)
            ax.set_ylim(-0.6, len(options) - 0.4)
            ax.set_yticks(range(len(options)), options if column == 0 else [""] * len(options))
            ax.tick_params(axis="y", length=0)
    return figure
