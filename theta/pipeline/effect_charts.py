"""The figures of effects of covariates, one per term of the formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.effects.results import Quantity
from theta.effects.variables import date_of
from theta.effects.views import CLEAR, Lines, effect_text, lines_of, panels_of
from theta.plots.effects import Estimates, Line, draw_dots, draw_lines
from theta.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


def effect_charts(run: Run, language: str) -> Iterator[tuple[str, Figure]]:
    """Yield each term of the effects of a run that has a figure, and the figure."""
    if run.effects is None:
        return
    for view in run.effects.views:
        if view.kind == "dots":
            panels = [_estimates(quantity) for quantity in panels_of(run.effects, view)]
            yield view.term, draw_dots(panels, run.labels, view.term, language=language)
            continue
        found = lines_of(run.effects, view)
        lines = [
            Line(name, *(_rows(quantities, field) for field in ("estimate", "low", "high")))
            for name, quantities in zip(found.groups, found.lines, strict=True)
        ]
        yield (
            view.term,
            draw_lines(
                _values(found),
                lines,
                run.labels,
                run.shares.tolist(),
                view.variable,
                language=language,
            ),
        )


def _estimates(quantity: Quantity) -> Estimates:
    estimate, low, high = (_row(quantity, name) for name in ("estimate", "low", "high"))
    clear = _row(quantity, "p_bh") <= CLEAR
    return Estimates(effect_text(quantity), estimate, low, high, clear)


def _row(quantity: Quantity, field: str) -> NDArray[np.float64]:
    return np.array(getattr(quantity.numbers, field), dtype=np.float64)


def _rows(quantities: Sequence[Quantity], field: str) -> NDArray[np.float64]:
    return np.array([_row(quantity, field) for quantity in quantities])


def _values(lines: Lines) -> Any:
    if lines.is_date:
        return np.array([date_of(float(value)) for value in lines.values])
    return lines.values
