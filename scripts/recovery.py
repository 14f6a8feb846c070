"""How planted effects are recovered: one corpus, many corpora, and a log of both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Trial(NamedTuple):
    """What is found in one corpus; `Recovery` explains the numbers."""

    estimate: Sequence[float]
    error: Sequence[float]
    covered: Sequence[bool]
    truth: Sequence[float]
    alarms: Sequence[bool]
    adjusted: bool
    shares: float
    calibration: float
    spread: float


@dataclass(frozen=True)
class Recovery:
    """How planted effects are recovered.

    Attributes
    ----------
    corpora : int
    covered : float
        Share of the 95 % intervals of the side's effect on a topic that cover the truth.
    slope : float
        Of the estimates on the true effects; 1 is right.
    shares : float
        Slope of the estimated shares of documents on the true ones. It is below 1 for an honest
        mean of short documents.
    calibration : float
        Slope of the true shares on the estimated ones; 1 is right.
    spread : float
        Standard deviation of the drawn shares over that of the true ones; 1 is right.
    alarms : float
        Share of the p-values of the covariate without effect that are .05 or less.
    adjusted : float
        Share of the corpora in which one of them is so after adjustment.
    width : float
        Mean standard error over the standard deviation of the estimates; 1 is right.
    """

    corpora: int
    covered: float
    slope: float
    shares: float
    calibration: float
    spread: float
    alarms: float
    adjusted: float
    width: float

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Recovery:
        """Return what the trials of several corpora have in common."""
        found = np.array([trial.estimate for trial in trials])
        spread = np.sqrt(found.var(axis=0, ddof=1).mean()) if len(trials) > 1 else float("nan")
        errors = np.array([trial.error for trial in trials])
        return cls(
            corpora=len(trials),
            covered=float(np.mean([trial.covered for trial in trials])),
            slope=slope(np.array([trial.truth for trial in trials]), found),
            shares=float(np.mean([trial.shares for trial in trials])),
            calibration=float(np.mean([trial.calibration for trial in trials])),
            spread=float(np.mean([trial.spread for trial in trials])),
            alarms=float(np.mean([trial.alarms for trial in trials])),
            adjusted=float(np.mean([trial.adjusted for trial in trials])),
            width=float(np.sqrt(np.mean(np.square(errors))) / spread),
        )


def slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the slope of the straight line through points."""
    return float(np.polyfit(x.ravel(), y.ravel(), 1)[0])


class Log:
    """Trials on file, by what was tried.

    Parameters
    ----------
    path : Path, optional
        JSON lines; nothing is kept without one.
    """

    def __init__(self, path: Path | None):
        self._path = path
        self._known: dict[str, Trial] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                self._known[json.dumps(record["setting"])] = Trial(**record["trial"])

    def find(self, setting: Sequence[Any]) -> Trial | None:
        """Return the trial of a setting; None if there is none."""
        return self._known.get(json.dumps(setting))

    def add(self, setting: Sequence[Any], trial: Trial) -> None:
        """Add the trial of a setting."""
        self._known[json.dumps(setting)] = trial
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                print(json.dumps({"setting": setting, "trial": trial._asdict()}), file=file)
