"""The noise of seeds against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from theta.tuning.noise import noise_of_seeds


def test_two_settings_are_a_paired_t_test() -> None:
    one, other = np.array([0.52, 0.61, 0.55, 0.70]), np.array([0.50, 0.57, 0.54, 0.66])
    noise = noise_of_seeds({0: dict(enumerate(one)), 1: dict(enumerate(other))})
    assert noise is not None
    # The paired t test finds a difference at 5 % exactly if it is above the margin.
    interval = stats.ttest_rel(one, other).confidence_interval(0.95)
    margin = (interval.high - interval.low) / 2
    assert noise.margin == pytest.approx(margin)


def test_what_a_seed_does_to_all_settings_is_no_noise() -> None:
    noise = noise_of_seeds({k: {s: 10 * k + 3.0 * s for s in range(3)} for k in range(4)})
    assert noise is not None
    assert noise.sd == pytest.approx(0, abs=1e-12)


def test_noise_is_estimated_from_all_settings() -> None:
    random = np.random.default_rng(0)
    table = random.normal(size=(400, 3)) * 0.2 + random.normal(size=(400, 1)) + [0, 5, 9]
    noise = noise_of_seeds({k: dict(enumerate(row)) for k, row in enumerate(table)})
    assert noise is not None
    assert noise.sd == pytest.approx(0.2, rel=0.06)


@pytest.mark.parametrize("values", [{0: {0: 1.0, 1: 2.0}}, {0: {0: 1.0}, 1: {0: 2.0}}, {}])
def test_one_setting_or_one_seed_has_no_noise(values: dict[int, dict[int, float]]) -> None:
    assert noise_of_seeds(values) is None
