"""Are topics over time right? Simulations of series whose course is known.

Per course and size: how often a change point is found (in the line "step" it should be, elsewhere
it is a false alarm), how often within one period of the planted place, and how often the band of
the smooth curve covers the true share. Shares of documents are drawn from beta distributions; with
--unrest the mean of each period is moved by a normal number, as when documents of a period depend
on each other.

Example: python scripts/bench_trends.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np

from theta.trends.changes import find_steps
from theta.trends.smooth import smooth

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


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--unrest", type=float, nargs="+", default=[0.0, 0.03])
    parser.add_argument("--courses", nargs="+", choices=COURSES, default=list(COURSES))
    chosen = parser.parse_args(argv)
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
