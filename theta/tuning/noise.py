"""The noise of seeds, from settings that were trained with the same seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Noise:
    """How far two settings differ by chance.

    Attributes
    ----------
    sd : float
        Standard deviation of a value after its setting's and its seed's means are removed.
    margin : float
        Difference of two settings' means that chance exceeds in 5 % of searches at most.
    """

    sd: float
    margin: float


def noise_of_seeds(values: Mapping[int, Mapping[int, float]]) -> Noise | None:
    """Return the noise of one objective; None with fewer than two settings or seeds.

    Settings × seeds are a two-way layout without repetition: the residual after both means is the
    noise, pooled over all settings, with (settings − 1) (seeds − 1) degrees of freedom. Pairing by
    seed removes what a seed does to all settings alike; pooling makes two or three seeds suffice
    where each setting alone would have one or two degrees of freedom. The margin is Bonferroni's
    for the comparisons of one setting with all others.

    Parameters
    ----------
    values : mapping of int to (mapping of int to float)
        By setting, then by seed; all settings have the same seeds.
    """
    from scipy.special import stdtrit

    table = np.array([[by_seed[seed] for seed in sorted(by_seed)] for by_seed in values.values()])
    if table.ndim != 2 or min(table.shape) < 2:
        return None
    n_settings, n_seeds = table.shape
    residual = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    freedom = (n_settings - 1) * (n_seeds - 1)
    sd = math.sqrt(float((residual**2).sum()) / freedom)
    quantile = float(stdtrit(freedom, 1 - (1 - CONFIDENCE) / (2 * (n_settings - 1))))
    return Noise(sd, quantile * sd * math.sqrt(2 / n_seeds))
