"""What the figures and the page show of effects: panels of dots, and lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from theta.effects.results import Effects, Quantity
from theta.effects.targets import MARGINAL, PREDICTED, View
from theta.effects.variables import DATE

CLEAR = 0.05
"""Largest adjusted p-value (Benjamini & Hochberg) of an effect that is called clear."""


@dataclass(frozen=True)
class Lines:
    """Predicted shares along a variable, by group.

    Attributes
    ----------
    variable : str
    values : sequence of (float or str)
        Numbers, levels, or dates in years.
    groups : sequence of str
        What each line is of; one empty name without groups.
    lines : sequence of sequence of Quantity
        By group, then by value.
    """

    variable: str
    values: Sequence[float | str]
    groups: Sequence[str]
    lines: Sequence[Sequence[Quantity]]

    @property
    def is_date(self) -> bool:
        """Whether the values are dates in years."""
        return self.variable == DATE

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return not isinstance(self.values[0], str)


def panels_of(effects: Effects, view: View) -> list[Quantity]:
    """Return the marginal effects of the variable of a view, each of which is a panel of dots."""
    return [
        quantity
        for quantity in effects.of_kind(MARGINAL)
        if quantity.name == view.variable and not quantity.at
    ]


def lines_of(effects: Effects, view: View) -> Lines:
    """Return the predicted shares that a view shows as lines."""
    by_group: dict[str, list[Quantity]] = {}
    for quantity in effects.of_kind(PREDICTED):
        names = [name for name, _ in quantity.at]
        if quantity.name == view.variable and names == ([view.group] if view.group else []):
            by_group.setdefault(at_text(quantity), []).append(quantity)
    values = [quantity.value for quantity in next(iter(by_group.values()))]
    known = [value for value in values if value is not None]
    return Lines(view.variable, known, list(by_group), list(by_group.values()))


def at_text(quantity: Quantity) -> str:
    """Return the values that other variables are set to, for readers."""
    return ", ".join(f"{name} {_shown(value)}" for name, value in quantity.at)


def effect_text(quantity: Quantity) -> str:
    """Return what an effect compares, for readers: ``party: b − a``, or ``age, per unit``."""
    if quantity.level is not None:
        text = f"{quantity.name}: {quantity.level} − {quantity.reference}"
    else:
        unit = "year" if quantity.name in (DATE, "year") else "unit"
        text = f"{quantity.name}, per {unit}"
    where = at_text(quantity)
    return f"{text} | {where}" if where else text


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
