from __future__ import annotations

import numpy as np
import pytest

from theta.errors import ThetaError
from theta.trends import changes
from theta.trends.changes import Steps, find_steps
from theta.trends.smooth import smooth

N_PERIODS = 24


def found(random: np.random.Generator, course: np.ndarray, n_docs: int = 40) -> Steps | None:
    """Changes in the mean shares of documents with skewed shares, at p ≤ .05."""
    counts = random.poisson(n_docs, N_PERIODS) + 5
    shares = [random.beta(m, 1 - m, n) for m, n in zip(course, counts, strict=True)]
    mean = np.array([own.mean() for own in shares])
    spread = sum(((own - own.mean()) ** 2).sum() for own in shares) / (counts.sum() - N_PERIODS)
    curve = smooth(mean, spread / counts)
    steps = find_steps(mean, spread / counts, (curve.freedom, curve.residual))
    return steps if steps is not None and steps.p_value <= 0.05 else None


def test_flat_series_have_false_alarms_in_at_most_five_percent():
    random = np.random.default_rng(0)
    alarms = sum(found(random, np.full(N_PERIODS, 0.1)) is not None for _ in range(200))
    assert alarms <= 10


def test_series_that_vary_from_period_to_period_are_no_alarm_either():
    random = np.random.default_rng(1)
    courses = np.clip(random.normal(0.2, 0.05, (100, N_PERIODS)), 0.02, 0.9)
    assert sum(found(random, course, 200) is not None for course in courses) <= 5


def test_a_steady_rise_is_rarely_a_change():
    random = np.random.default_rng(2)
    course = np.linspace(0.05, 0.3, N_PERIODS)
    assert sum(found(random, course) is not None for _ in range(100)) <= 10


def test_a_planted_break_is_found_where_it_is():
    random = np.random.default_rng(3)
    course = np.where(np.arange(N_PERIODS) < 10, 0.1, 0.3)
    hits = [found(random, course) for _ in range(50)]
    known = [steps for steps in hits if steps is not None]
    assert len(known) >= 48
    near = [steps for steps in known if any(abs(begin - 10) <= 1 for begin in steps.begins)]
    assert len(near) >= 45
    levels = np.array([steps.levels for steps in known if len(steps.begins) == 1])
    np.testing.assert_allclose(levels.mean(axis=0), [0.1, 0.3], atol=0.02)


def test_a_passing_rise_has_two_changes_and_gaps_keep_their_place():
    mean = np.full(N_PERIODS, 0.1) + 0.002 * np.tile([1, -1], N_PERIODS // 2)
    mean[8:13] += 0.2
    mean[3] = np.nan
    variances = np.where(np.isnan(mean), np.nan, 1e-4)
    steps = find_steps(mean, variances, (8, 500.0))
    assert steps is not None
    assert list(steps.begins) == [8, 13]
    np.testing.assert_allclose(steps.levels, [0.1, 0.3, 0.1], atol=0.002)
    assert steps.p_value < 1e-6


def test_without_the_library_the_reason_names_the_command(monkeypatch: pytest.MonkeyPatch):
    def load(name: str, missing: ThetaError) -> None:
        raise missing

    monkeypatch.setattr(changes, "load_library", load)
    assert changes.change_library_missing() == (
        "change points need the library ruptures: pip install 'theta-topics[trends]'"
    )
