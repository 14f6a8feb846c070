"""The table of charts. A new one is a file with a ``draw`` and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from theta.errors import InvalidOption
from theta.plots import topic_words_bars
from theta.plots.picture import RunPicture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Chart:
    """One chart of a run.

    Attributes
    ----------
    shows : str
        One line for the reader.
    draw : callable
        Takes the picture of a run whose `missing` is None and returns the figure.
    missing : callable
        Takes the picture of a run and returns why the chart cannot be drawn, or None.
    """

    shows: str
    draw: Callable[[RunPicture], Figure]
    missing: Callable[[RunPicture], str | None] = lambda _: None


CHARTS: dict[str, Chart] = {
    "topic_words_bars": Chart(
        "the top words of each topic",
        lambda run: topic_words_bars.draw(run.topic_words, run.shares, language=run.language),
    ),
}
"""All charts of a run by the name of their file, in the order in which they are drawn."""


def draw(name: str, run: RunPicture) -> Figure:
    """Return the chart `name` of a run.

    Parameters
    ----------
    name : str
        A key of `CHARTS`.
    run : RunPicture

    Raises
    ------
    InvalidOption
        If there is no such chart, or the run lacks what it shows.
    """
    if name not in CHARTS:
        raise InvalidOption(f"there is no chart {name!r}; the charts are {', '.join(CHARTS)}")
    reason = CHARTS[name].missing(run)
    if reason is not None:
        raise InvalidOption(f"{name} cannot be drawn: {reason}")
    return CHARTS[name].draw(run)
