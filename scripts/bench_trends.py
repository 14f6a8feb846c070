"""Are topics over time right? Simulations of series whose course is known.

Per course and size: how often a change point is found (in the line "step" it should be, elsewhere
it is a false alarm), how often within one period of the planted place, and how often the band of
the smooth curve covers the true share. Shares of documents are drawn from beta distributions; with
--unrest the mean of each period is moved by a normal number, as when documents of a period depend
on each other.

With --models, documents of planted topics whose shares follow the course are given to models, and
the means by period that theta trends finds in their shares are compared with the planted ones.

Example: python scripts/bench_trends.py
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench_effects import KINDS, Fit
from scripts.planted_shares import Planted, planted
from scripts.recovery import slope
from theta.plots.means import periods_of
from theta.trends.analysis import estimate_trends
from theta.trends.changes import find_steps
from theta.trends.results import CLEAR
from theta.trends.smooth import smooth

_STILL = 0.02
"""Topics whose planted mean share varies less than this do not change."""

COURSES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "flat": lambda t: np.full(len(t), 0.1),
    "line": lambda t: 0.05 + 0.15 * t,
    "wave": lambda t: 0.1 + 0.07 * np.sin(2 * np.pi * t),
    "step": lambda t: np.where(t < 0.5, 0.05, 0.15),
}
"""The share of a topic by the place in time, 0 to 1."""

_SIZES = ((10, 30), (24, 15), (40, 50), (24, 300))
"""Numbers of periods, and of documents in a period."""


def simulate(
    course: str, n_periods: int, n_docs: int, unrest: float, replications: int
) -> tuple[float, float, float]:
    """Return the shares of series with a change, with one in its place, and of periods covered."""
    random = np.random.default_rng(n_periods * n_docs)
    truth = COURSES[course](np.arange(n_periods) / n_periods)
    found, placed, covered = 0, 0, []
    for _ in range(replications):
        counts = random.poisson(n_docs, n_periods) + 3
        means = np.clip(truth + random.normal(0, unrest, n_periods), 0.001, 0.999)
        shares = [random.beta(m, 1 - m, n) for m, n in zip(means, counts, strict=True)]
        mean = np.array([own.mean() for own in shares])
        squares = sum(((own - own.mean()) ** 2).sum() for own in shares)
        variance = squares / (counts.sum() - n_periods) / counts
        curve = smooth(mean, variance)
        covered.append(np.abs(curve.estimate - truth) <= 1.96 * curve.standard_error)
        steps = find_steps(mean, variance, (curve.freedom, curve.residual))
        if steps is not None and steps.p_value <= 0.05:
            found += 1
            placed += any(abs(begin - n_periods // 2) <= 1 for begin in steps.begins)
    return found / replications, placed / replications, float(np.mean(covered))


class Found(NamedTuple):
    """How planted means by period are recovered.

    Attributes
    ----------
    means, curves : float
        Share of the 95 % intervals of a mean, and of the band of its curve, that cover the truth.
    slope : float
        Of the differences of the means from those of all periods, on the true ones; 1 is right.
    lines : float
        Share of the 95 % intervals of straight trends that cover the planted ones.
    alarms : float
        Share of p-values of trends of .05 or less, in topics without a trend.
    steps : float
        Share of topics with a change point, in topics without a change.
    """

    means: float
    curves: float
    slope: float
    lines: float
    alarms: float
    steps: float


def recover(
    name: str,
    kinds: Sequence[str],
    course: str,
    n_periods: int,
    n_docs: int,
    length: int,
    **args: Any,
) -> dict[str, Found]:
    """Return how trends of planted topics are recovered, by the kind of shares.

    Parameters
    ----------
    name : {"stm", "lda", "theta", "truth"}
    kinds : sequence of {"model", "calibrated", "common"}
    course : str
        One of `COURSES`; the first topic follows it, the second the other way.
    n_periods, n_docs : int
        Documents per period.
    length : int
        Tokens per document.
    **args
        ``replications``, and further parameters of `planted`.
    """
    values = COURSES[course](np.arange(n_periods) / n_periods)
    span = max(float(np.ptp(values)), 0.01)
    places = ((values - values.min()) / span).tolist()
    found: dict[str, list[Found]] = {}
    replications = args.pop("replications")
    for seed in range(replications):
        made = planted(seed, n_periods * n_docs, length, course=places, **args)
        fit = Fit(name, made, seed)
        for kind in ["known"] if name == "truth" else kinds:
            draws = fit.draws(kind, made.design)
            found.setdefault(kind, []).append(_compare(made, draws))
    return {
        kind: Found(*np.nanmean(np.array(trials), axis=0).tolist())
        for kind, trials in found.items()
    }


def _compare(made: Planted, draws: Sequence[np.ndarray]) -> Found:
    times = made.corpus.times
    assert times is not None
    trends = estimate_trends(periods_of(times, "year"), times, draws, [])
    true = made.means
    inside = (trends.array("low") <= true) & (true <= trends.array("high"))
    band = (trends.array("smooth_low") <= true) & (true <= trends.array("smooth_high"))
    mean = trends.array("mean")
    years = np.arange(len(true)) - (len(true) - 1) / 2
    lines = years @ true / (years @ years)
    covered = [
        line.low <= truth <= line.high for line, truth in zip(trends.lines, lines, strict=True)
    ]
    changed = {one.topic for one in trends.changes or ()}
    still = [topic for topic in range(true.shape[1]) if np.ptp(true[:, topic]) < _STILL]
    away = true - true.mean(axis=0)
    moves = float(np.abs(away).max()) > _STILL
    return Found(
        float(inside.mean()),
        float(band.mean()),
        slope(away, mean - mean.mean(axis=0)) if moves else np.nan,
        float(np.mean(covered)),
        float(np.mean([trends.lines[topic].p_value <= CLEAR for topic in still])),
        float(np.mean([topic in changed for topic in still])),
    )


def _print_recovery(chosen: argparse.Namespace) -> None:
    print(
        "course  periods  documents  tokens  mixing  model  shares       means  curves  slope  "
        "lines  alarms  steps"
    )
    for course, (n_periods, n_docs), length, mixing, name in product(
        chosen.courses, _SIZES[: chosen.sizes], chosen.lengths, chosen.mixing, chosen.models
    ):
        found = recover(
            name,
            chosen.shares,
            course,
            n_periods,
            n_docs,
            length,
            spread=mixing,
            replications=chosen.replications,
        )
        for kind, one in found.items():
            print(
                f"{course:6}  {n_periods:7}  {n_docs:9}  {length:6}  {mixing:6.1f}  {name:5}  "
                f"{kind:10}  {one.means:6.1%}  {one.curves:6.1%}  {one.slope:5.2f}  "
                f"{one.lines:5.1%}  {one.alarms:6.1%}  {one.steps:5.1%}",
                flush=True,
            )


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--unrest", type=float, nargs="+", default=[0.0, 0.03])
    parser.add_argument("--courses", nargs="+", choices=COURSES, default=list(COURSES))
    parser.add_argument(
        "--models",
        nargs="+",
        choices=("truth", "stm", "lda", "theta"),
        help="give planted documents to these models; truth: the true shares",
    )
    parser.add_argument("--shares", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--lengths", type=int, nargs="+", default=[60], help="tokens (60)")
    parser.add_argument("--mixing", type=float, nargs="+", default=[1.5], help="see bench_effects")
    parser.add_argument("--sizes", type=int, default=2, help="with --models: of the sizes (2)")
    chosen = parser.parse_args(argv)
    if chosen.models:
        _print_recovery(chosen)
        return 0
    print("course  periods  documents  unrest   found  in place  band covers")
    for course in chosen.courses:
        for n_periods, n_docs in _SIZES:
            for unrest in chosen.unrest:
                rates = simulate(course, n_periods, n_docs, unrest, chosen.replications)
                print(
                    f"{course:6} {n_periods:8} {n_docs:10} {unrest:7} {rates[0]:7.1%} "
                    f"{rates[1]:9.1%} {rates[2]:12.1%}"
                )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
