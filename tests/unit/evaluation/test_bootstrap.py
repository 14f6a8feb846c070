"""Bootstrap intervals."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from theta.evaluation.bootstrap import bootstrap_interval, mean_over_topics


def test_against_scipy():
    values = np.random.default_rng(0).normal(size=200)
    expected = bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=1)
    found = bootstrap_interval(values, seed=0)
    # Both are random; their ends differ by far less than the interval is wide (.28).
    np.testing.assert_allclose(found, expected.confidence_interval, atol=0.02)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(0).normal(size=30)
    assert bootstrap_interval(values, seed=4) == bootstrap_interval(values, seed=4)
    assert bootstrap_interval(values, seed=4) != bootstrap_interval(values, seed=5)


def test_a_ratio_of_sums_resamples_rows_together():
    weights = np.arange(1.0, 40)
    assert bootstrap_interval(3 * weights, weights, seed=0) == pytest.approx((3, 3))


def test_rows_of_weight_zero_have_no_ratio_of_their_own():
    low, high = bootstrap_interval(np.array([0.0, 2.0]), np.array([0.0, 1.0]), seed=0)
    assert (low, high) == (2, 2)


def test_nothing_to_resample():
    assert bootstrap_interval(np.array([1.0]), seed=0) is None
    assert bootstrap_interval(np.array([]), seed=0) is None


def test_mean_over_topics_tells_what_it_left_out():
    values = np.array([1.0, np.nan, 3.0, np.inf])
    metric = mean_over_topics("X", values, "definition", undefined="is odd", seed=0)
    assert metric.value == 2
    assert metric.per_topic == [1, None, 3, None]
    assert metric.interval == (1, 3)
    assert metric.definition == "definition; 2 of 4 topics left out: each is odd"


def test_no_topics():
    metric = mean_over_topics("X", np.array([]), "definition", undefined="is odd", seed=0)
    assert metric.value is None
