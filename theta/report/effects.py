"""What the page shows of the effects of covariates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theta.effects.results import Effects, Quantity
from theta.effects.summary import describe
from theta.effects.targets import View
from theta.effects.variables import date_of
from theta.effects.views import CLEAR, Lines, effect_text, lines_of, panels_of

MAX_PANELS = 12
"""Effects of a variable that are drawn."""


def effect_views(effects: Effects) -> dict[str, Any]:
    """Return the views of effects, ready for JSON."""
    method, *notes = describe(effects)
    return {
        "method": method,
        "notes": notes,
        "views": [_view(effects, view) for view in effects.views],
    }


def _view(effects: Effects, view: View) -> dict[str, Any]:
    shown: dict[str, Any] = {"term": view.term, "variable": view.variable}
    if view.kind == "dots":
        panels = panels_of(effects, view)[:MAX_PANELS]
        return {**shown, "panels": [_panel(quantity) for quantity in panels]}
    lines = lines_of(effects, view)
    return {
        **shown,
        "names": _names(lines),
        "lines": [
            {
                "name": name,
                **{
                    field: [_rounded(getattr(quantity.numbers, field)) for quantity in quantities]
                    for field in ("estimate", "low", "high")
                },
            }
            for name, quantities in zip(lines.groups, lines.lines, strict=True)
        ],
    }


def _panel(quantity: Quantity) -> dict[str, Any]:
    one = quantity.numbers
    return {
        "name": effect_text(quantity),
        "estimate": _rounded(one.estimate),
        "low": _rounded(one.low),
        "high": _rounded(one.high),
        "clear": [value is not None and value <= CLEAR for value in one.p_bh],
    }


def _names(lines: Lines) -> list[str]:
    if lines.is_date:
        return [str(date_of(float(value))) for value in lines.values]
    return [value if isinstance(value, str) else f"{value:.4g}" for value in lines.values]


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else float(f"{value:.5g}") for value in values]
