"""Is one model better than another, or had it the luckier seed? Differences paired over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from theta.evaluation.metrics import METRICS

CONFIDENCE = 0.95

Verdict = Literal["better", "worse", "noise"]


@dataclass(frozen=True)
class Spread:
    """What several seeds gave.

    Attributes
    ----------
    mean, sd : float
        The standard deviation is the sample's, with n - 1.
    n_seeds : int
    """

    mean: float
    sd: float
    n_seeds: int


@dataclass(frozen=True)
class PairedDifference:
    """One model's values minus another's, seed by seed.

    Attributes
    ----------
    mean, sd : float
        Of the differences.
    n_seeds : int
    interval : (float, float)
        Student's t interval of the mean at 95 %. With two seeds it is 13 times as wide as the
        standard error, with five 2.8 times: few seeds tell only large differences from luck.
    """

    mean: float
    sd: float
    n_seeds: int
    interval: tuple[float, float]

    @property
    def exceeds_noise(self) -> bool:
        """Whether the interval leaves out 0."""
        low, high = self.interval
        return low > 0 or high < 0


@dataclass(frozen=True)
class SeedRow:
    """One metric of one run over its seeds.

    Attributes
    ----------
    run, metric : str
    spread : Spread
    lead : PairedDifference, optional
        The reference run minus this one; None for the reference itself, and where the two have
        fewer than two seeds in common.
    """

    run: str
    metric: str
    spread: Spread
    lead: PairedDifference | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What the reference run is, compared with this one; `noise` where the seeds explain it."""
        if self.lead is None:
            return None
        if not self.lead.exceeds_noise:
            return "noise"
        higher = METRICS[self.metric].better == "higher"
        return "better" if (self.lead.mean > 0) == higher else "worse"


SeedValues = Mapping[str, Mapping[str, float | None]]
"""The metrics of each seed's training, by seed."""


def compare_seeds(
    runs: Mapping[str, SeedValues], reference: str | None, *, apart: Collection[str] = ()
) -> list[SeedRow]:
    """Return the spread of each metric in each run, and how far the reference run leads.

    Parameters
    ----------
    runs : mapping of str to SeedValues
        Those with fewer than two seeds are left out, as are metrics without a value for some seed.
    reference : str, optional
        The run that the others are compared with.
    apart : collection of str
        Metrics in which no run leads another: they were judged on different documents.
    """
    rows = []
    for metric in METRICS:
        for name, by_seed in runs.items():
            ours = known(by_seed, metric)
            if len(ours) < 2 or len(ours) < len(by_seed):
                continue
            lead = None
            if reference is not None and name != reference and metric not in apart:
                lead = paired_difference(known(runs[reference], metric), ours)
            rows.append(SeedRow(name, metric, spread(ours.values()), lead))
    return rows


def known(by_seed: SeedValues, metric: str) -> dict[str, float]:
    """Return the values of a metric by seed, of the seeds that have one."""
    found = {seed: values.get(metric) for seed, values in by_seed.items()}
    return {seed: value for seed, value in found.items() if value is not None}


def spread(values: Iterable[float]) -> Spread:
    """Return mean and standard deviation of two or more values."""
    found = list(values)
    return Spread(statistics.fmean(found), statistics.stdev(found), len(found))


def paired_difference(
    ours: Mapping[str, float], theirs: Mapping[str, float]
) -> PairedDifference | None:
    """Return ours minus theirs over the seeds both have; None with fewer than two."""
    from scipy.special import stdtrit

    differences = [ours[seed] - theirs[seed] for seed in ours if seed in theirs]
    if len(differences) < 2:
        return None
    found = spread(differences)
    quantile = float(stdtrit(found.n_seeds - 1, 0.5 + CONFIDENCE / 2))
    margin = quantile * found.sd / math.sqrt(found.n_seeds)
    interval = (found.mean - margin, found.mean + margin)
    return PairedDifference(found.mean, found.sd, found.n_seeds, interval)


def reference_of(models: Mapping[str, str], model: str | None) -> str | None:
    """Return the one run of `model`, given the model of each run; None if there is not just one."""
    found: Sequence[str] = [name for name, of in models.items() if of == model]
    return found[0] if len(found) == 1 else None
