"""A search, option by option: each objective against the values of each option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.i18n import translated
from theta.plots.style import BLUE, ORANGE, add_panel, new_figure, styled, title_height, write_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

_WIDTH, _HEIGHT = 1.9, 1.35
_LEFT, _RIGHT, _LOWER, _UPPER = 0.5, 0.1, 0.42, 0.12
_MOST_VALUES = 12
"""More distinct values are drawn in bins of about equal size."""

_BINS = 8

_ROOM = 0.2
"""Share of the axis that the label of a value takes."""


def draw(
    options: Mapping[str, Sequence[Any]],
    objectives: Mapping[str, Sequence[float]],
    recommended: Mapping[str, Any],
    *,
    logarithmic: Sequence[str] = (),
    language: str = "en",
) -> Figure:
    """Return a panel for each objective (row) and option (column).

    A dot is a training; the line is their mean at each value of the option, the band one standard
    deviation, over the other options and the seeds. The recommended value is marked.

    Parameters
    ----------
    options : mapping of str to sequence
        The value of each option in each training; numbers, or others that are shown as words.
    objectives : mapping of str to sequence of float
        The value of each objective in each training.
    recommended : mapping
        The recommended value of each option.
    logarithmic : sequence of str
        Options with a logarithmic axis.
    language : {"en", "zh"}
    """
    title = translated(
        language, "Objectives by option; dot: a training, line: mean, band: standard deviation"
    )
    words = [str(value) for values in options.values() for value in values]
    with styled([title, *options, *objectives, *words]):
        whole = max(_WIDTH * len(options), 3.4)
        head = title_height(title, whole)
        figure = new_figure(whole, head + _HEIGHT * len(objectives))
        write_title(figure, title)
        for column, (name, values) in enumerate(options.items()):
            places, ticks = _places(values)
            for row, (objective, measured) in enumerate(objectives.items()):
                ax = add_panel(
                    figure,
                    column * _WIDTH + _LEFT,
                    head + row * _HEIGHT + _UPPER,
                    _WIDTH - _LEFT - _RIGHT,
                    _HEIGHT - _LOWER - _UPPER,
                )
                if name in logarithmic:
                    _make_logarithmic(ax, places)
                _draw_panel(ax, places, np.asarray(measured, dtype=float))
                mark = places[list(values).index(recommended[name])]
                ax.axvline(float(mark), color=ORANGE, linewidth=0.8, zorder=0)
                if ticks is not None:
                    ax.set_xticks(range(len(ticks)), ticks)
                elif name not in logarithmic:
                    _label_values(ax, places)
                ax.locator_params(axis="y", nbins=3)
                if column == 0:
                    ax.set_ylabel(objective)
                if row == len(objectives) - 1:
                    ax.set_xlabel(name)
    return figure


def _places(values: Sequence[Any]) -> tuple[NDArray[np.float64], list[str] | None]:
    """Return positions on the axis, and its labels if the values are not numbers."""
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
        return np.asarray(values, dtype=float), None
    names = sorted({str(value) for value in values})
    return np.array([names.index(str(value)) for value in values], dtype=float), names


def _label_values(ax: Axes, places: NDArray[np.float64]) -> None:
    """Label the values that were tried, if their labels have room."""
    distinct = np.unique(places)
    if np.diff(distinct).min(initial=np.inf) >= _ROOM * np.ptp(distinct):
        ax.set_xticks(distinct, [f"{place:g}" for place in distinct])


def _make_logarithmic(ax: Axes, places: NDArray[np.float64]) -> None:
    """Label three places only: within a decade, the labels of matplotlib cover each other."""
    from matplotlib.ticker import NullLocator

    shown = [float(f"{place:.2g}") for place in np.geomspace(places.min(), places.max(), 3)]
    shown = sorted(set(shown))
    ax.set_xscale("log")
    ax.set_xticks(shown, [f"{place:g}" for place in shown])
    ax.xaxis.set_minor_locator(NullLocator())


def _draw_panel(ax: Axes, places: NDArray[np.float64], measured: NDArray[np.float64]) -> None:
    ax.plot(places, measured, "o", color=BLUE, markersize=2, alpha=0.35, linewidth=0)
    distinct = np.unique(places)
    groups = [places == place for place in distinct]
    if len(distinct) > _MOST_VALUES:
        order = np.argsort(places, kind="stable")
        groups = [np.isin(np.arange(len(places)), part) for part in np.array_split(order, _BINS)]
    centres = [float(places[group].mean()) for group in groups]
    means = np.array([measured[group].mean() for group in groups])
    spread = np.array([measured[group].std() for group in groups])
    ax.plot(centres, means, color=BLUE, linewidth=1.2)
    ax.fill_between(centres, means - spread, means + spread, color=BLUE, alpha=0.15, linewidth=0)
