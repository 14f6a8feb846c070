"""Training curves: every number of the history by epoch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theta.errors import InvalidOption
from theta.i18n import Message, translated
from theta.plots.style import BLUE, GREY, ORANGE, grid_of_panels, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOT_CURVES = frozenset({"epoch", "seconds"})

_TITLES = {
    "validation_elbo": "Validation ELBO",
    "reconstruction": "Reconstruction loss",
    "kl": "KL divergence",
    "label_loss": "Label loss",
    "kl_weight": "KL weight",
    "learning_rate": "Learning rate",
}
"""Titles of numbers of a history, the most important first."""


def draw(
    history: Sequence[Mapping[str, Any]],
    *,
    best_epoch: int | None = None,
    language: str = "en",
) -> Figure:
    """Return one panel per number in the history.

    Parameters
    ----------
    history : sequence of mapping
        One entry per epoch: ``epoch`` and numbers by name.
    best_epoch : int, optional
        The ``epoch`` whose weights were kept; marked in every panel.
    language : {"en", "zh"}

    Returns
    -------
    Figure

    Raises
    ------
    InvalidOption
        If the history has no numbers, as for a model that is not trained in epochs.
    """
    names = curves(history)
    if not names:
        raise InvalidOption("the history has no numbers per epoch")
    title, epoch = translated(language, "Training"), translated(language, "Epoch")
    if best_epoch is not None:
        marked = Message("; dashed: epoch {epoch}, whose weights were kept", epoch=best_epoch)
        title += translated(language, marked)
    titles = {name: curve_title(name, language) for name in names}
    with styled([title, epoch, *titles.values()]):
        figure, axes = grid_of_panels(
            len(names), title,
            width=2.8, height=2.0, margins=(0.5, 0.12, 0.42, 0.25),
        )  # fmt: skip
        for ax, name in zip(axes, names, strict=True):
            _draw_curve(ax, history, name, best_epoch)
            ax.set_title(titles[name])
            ax.set_xlabel(epoch)
    return figure


def curves(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the numbers in a history, the most important first."""
    names = dict.fromkeys(
        name
        for entry in history
        for name, value in entry.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    )
    first = [name for name in _TITLES if name in names]
    return first + [name for name in names if name not in first and name not in NOT_CURVES]


def curve_title(name: str, language: str) -> str:
    """Return the title of a number of a history."""
    return translated(language, _TITLES.get(name, name))


def _draw_curve(
    ax: Axes, history: Sequence[Mapping[str, Any]], name: str, best_epoch: int | None
) -> None:
    points = [
        (entry.get("epoch", row), float(entry[name]))
        for row, entry in enumerate(history)
        if isinstance(entry.get(name), (int, float)) and math.isfinite(entry[name])
    ]
    epochs, values = zip(*points, strict=True) if points else ((), ())
    ax.plot(epochs, values, color=BLUE, linewidth=1.3, marker="o" if len(points) < 3 else None)
    if best_epoch is not None:
        ax.axvline(best_epoch, color=ORANGE, linewidth=0.9, linestyle=(0, (4, 3)))
        if best_epoch in epochs:
            best = values[epochs.index(best_epoch)]
            ax.plot([best_epoch], [best], "o", color=ORANGE, markersize=4)
    ax.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)
    ax.locator_params(axis="x", integer=True, nbins=6)
