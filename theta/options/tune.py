"""The options of a search for settings: run_pipeline.py --tune."""

from __future__ import annotations

import re
from dataclasses import dataclass

from theta.errors import InvalidOption
from theta.options.declare import Scope, option

TYPED = "typed"
"""Value of a bare ``--tune``: the space is the lists on the command line."""

SAMPLERS = ("grid", "random", "tpe")

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class TuneOptions:
    """What to search, how long, and by what to judge."""

    tune: str | None = option(
        None,
        "Search for settings: train each combination of the typed lists (--num_topics 10,20,30), "
        "or search the space of a YAML file.",
        metavar="SPACE.yaml",
        bare=TYPED,
        scope=Scope.NOWHERE,
    )
    trials: int | None = option(
        None,
        "With --tune: number of settings to try. Default: the whole grid.",
        valid=(1, None),
        scope=Scope.NOWHERE,
    )
    time_budget: str | None = option(
        None,
        "With --tune: longest time for the search, such as 90s, 30m or 2h; unfinished trainings "
        "go on when the command is repeated.",
        metavar="TIME",
        scope=Scope.NOWHERE,
    )
    sampler: str | None = option(
        None,
        "With --tune: how settings are chosen. grid: each combination, all to the end; random, "
        "tpe (tree-structured Parzen estimator): trainings that fall behind are stopped early. "
        "Default: grid without --trials, else tpe.",
        choices=SAMPLERS,
        scope=Scope.NOWHERE,
    )
    objective: tuple[str, ...] = option(
        (),
        "With --tune: metrics of held-out documents to judge by, separated by commas, stability "
        "(agreement of the seeds) and halves (agreement of two halves of the training documents, "
        "which costs two more trainings). Default: expected_rating (C_V if texts are not "
        "English), PPL, TD@10 and, with several --seeds, stability.",
        scope=Scope.NOWHERE,
    )
    final_run: bool = option(
        True,
        "Train the recommended setting and save its run when the search is finished.",
        scope=Scope.NOWHERE,
    )

    def __post_init__(self) -> None:
        if self.time_budget is not None:
            read_time(self.time_budget)

    @property
    def seconds(self) -> float | None:
        """The time budget in seconds; None without a limit."""
        return None if self.time_budget is None else read_time(self.time_budget)


def read_time(text: str) -> float:
    """Return the seconds of a time such as ``90s``, ``30m`` or ``1h30m``.

    Raises
    ------
    InvalidOption
        If it is not a positive time with units.
    """
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", text)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != text or seconds <= 0:
        raise InvalidOption(
            f"--time_budget {text}: must be a time with its unit, such as 90s, 30m or 1h30m"
        )
    return seconds
