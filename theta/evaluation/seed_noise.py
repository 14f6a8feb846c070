"""Is one model better than another or only luckier? Differences paired over seeds."""

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
    """Mean and standard deviation of a metric over seeds.

    Attributes
    ----------
    mean, sd : float
        `sd` is the sample standard deviation (n - 1).
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
        Mean and standard deviation of the differences.
    n_seeds : int
    interval : (float, float)
        Student's t interval of the mean at 95 %. With two seeds it is 13 times as wide as the
        standard error, with five 2.8 times: with few seeds only large differences are
        distinguishable from noise.
    """

    mean: float
    sd: float
    n_seeds: int
    interval: tuple[float, float]

    @property
    def exceeds_noise(self) -> bool:
        """Whether the interval excludes 0."""
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
        The reference run minus this one; None for the reference itself, and if the two share fewer
        than two seeds.
    """

    run: str
    metric: str
    spread: Spread
    lead: PairedDifference | None = None

    @property
    def verdict(self) -> Verdict | None:
        """How the reference run compares with this one; `noise` if the interval contains 0."""
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
        Runs with fewer than two seeds are left out, as are metrics without a value for some seed.
    reference : str, optional
        The run that the others are compared with.
    apart : collection of str
        Metrics without a lead: the runs were evaluated on different documents.
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
    values = {seed: metrics.get(metric) for seed, metrics in by_seed.items()}
    return {seed: value for seed, value in values.items() if value is not None}


def spread(values: Iterable[float]) -> Spread:
    """Return mean and standard deviation of two or more values."""
    sample = list(values)
    return Spread(statistics.fmean(sample), statistics.stdev(sample), len(sample))


def paired_difference(
    ours: Mapping[str, float], theirs: Mapping[str, float]
) -> PairedDifference | None:
    """Return ours minus theirs over the seeds both have; None with fewer than two."""
    from scipy.special import stdtrit

    differences = [ours[seed] - theirs[seed] for seed in ours if seed in theirs]
    if len(differences) < 2:
        return None
    lead = spread(differences)
    quantile = float(stdtrit(lead.n_seeds - 1, 0.5 + CONFIDENCE / 2))
    margin = quantile * lead.sd / math.sqrt(lead.n_seeds)
    interval = (lead.mean - margin, lead.mean + margin)
    return PairedDifference(lead.mean, lead.sd, lead.n_seeds, interval)


def reference_of(models: Mapping[str, str], model: str | None) -> str | None:
    """Return the only run of `model`, given the model of each run; None unless there is one."""
    runs: Sequence[str] = [run for run, its_model in models.items() if its_model == model]
    return runs[0] if len(runs) == 1 else None
