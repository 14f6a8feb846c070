from __future__ import annotations

import numpy as np
import pytest

from theta.effects.correlations import TopicCorrelations, basis_correlation

N_TOPICS = 12


def shares(n_docs: int, seed: int, correlation: float = 0.0) -> np.ndarray:
    """Shares of log-normal amounts; those of topics 0 and 1 are correlated."""
    covariance = np.eye(N_TOPICS)
    covariance[0, 1] = covariance[1, 0] = correlation
    random = np.random.default_rng(seed)
    amounts = np.exp(random.multivariate_normal(np.zeros(N_TOPICS), covariance, size=n_docs))
    return amounts / amounts.sum(axis=1, keepdims=True)


def correlated(theta: np.ndarray, *more: np.ndarray) -> TopicCorrelations:
    found = TopicCorrelations(len(theta), theta.shape[1], 0)
    for draw in (theta, *more):
        found.add(draw)
    return found


def test_the_basis_is_that_of_the_defining_equations():
    theta = shares(400, 0)
    logs = np.log(theta)
    ratios = (logs[:, :, None] - logs[:, None, :]).var(axis=0)
    # t_i = (K − 2) ω_i + Σ ω, solved as it stands.
    system = (N_TOPICS - 2) * np.eye(N_TOPICS) + 1
    omega = np.linalg.solve(system, ratios.sum(axis=1))
    expected = (omega[:, None] + omega - ratios) / 2 / np.sqrt(np.outer(omega, omega))
    centred = logs - logs.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(
        basis_correlation(np.cov(centred.T, bias=True)), expected, atol=1e-12
    )


def test_unrelated_topics_lose_the_negative_correlation_of_their_shares():
    found = [correlated(shares(400, seed)).combined() for seed in range(40)]
    raw = np.mean([one.raw for one in found])
    assert raw == pytest.approx(-1 / (N_TOPICS - 1), abs=0.01)
    assert np.mean([one.estimate for one in found]) == pytest.approx(0, abs=0.003)
    false = np.mean([(one.low > 0) | (one.high < 0) for one in found])
    assert 0.03 <= false <= 0.07
    assert np.mean([(one.p_bh <= 0.05).any() for one in found]) <= 0.125


def test_a_planted_correlation_is_found():
    found = correlated(shares(1500, 1, 0.5)).combined()
    assert found.pairs[0].tolist() == [0, 1]
    assert found.estimate[0] == pytest.approx(0.45, abs=0.06)  # a little shrunk by the assumption
    assert found.low[0] > 0.3
    assert found.p_bh[0] < 1e-6


def test_draws_widen_the_intervals():
    theta = shares(300, 2)
    noise = np.random.default_rng(3)
    counts = [noise.multinomial(40, row) for row in theta]
    draws = [noise.dirichlet(row + 1.0) for _ in range(8) for row in counts]
    drawn = correlated(*np.array(draws).reshape(8, 300, N_TOPICS)).combined()
    known = correlated(theta).combined()
    assert np.mean(drawn.high - drawn.low) > np.mean(known.high - known.low)


def test_zeros_and_a_topic_without_documents_are_no_error():
    theta = np.zeros((60, 6))
    theta[np.arange(60), np.arange(60) % 5] = 1.0
    found = correlated(theta).combined()
    of_empty = (found.pairs == 5).any(axis=1)
    assert np.isnan(found.raw[of_empty]).all()
    assert np.isfinite(found.estimate[~of_empty]).all()
