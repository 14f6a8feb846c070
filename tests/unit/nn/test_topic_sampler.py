"""Topics drawn from their posterior: right on average, and as uncertain as the words leave them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.nn.share_sampler import ShareSampler, log_ratios
from theta.nn.topic_sampler import TopicSampler, prior_weight

WORDS, TOPICS = 30, 3


def test_the_weight_of_the_prior_is_found() -> None:
    rng = np.random.default_rng(0)
    background = rng.dirichlet(np.full(WORDS, 2.0))
    for weight in (5.0, 60.0):
        topics = rng.dirichlet(weight * background, 200)
        counts = np.array([rng.multinomial(500, topic) for topic in topics]).astype(np.float64)
        found = 50.0
        for _ in range(20):
            found = prior_weight(counts, background, found)
        assert found == pytest.approx(weight, rel=0.1)


def drawn(n_docs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return planted topics and draws of them: (n_draws, num_topics, n_words)."""
    rng = np.random.default_rng(seed)
    topics = rng.dirichlet(np.ones(WORDS), TOPICS)
    shares = rng.dirichlet(np.full(TOPICS, 0.3), n_docs)
    counts = np.array([rng.multinomial(40, row) for row in shares @ topics]).astype(np.int32)
    chain = ShareSampler(csr_array(counts), topics, np.ones((n_docs, 1)), log_ratios(shares), seed)
    sampler = TopicSampler(chain, counts.sum(axis=0) / counts.sum(), seed)
    return topics, np.array([sampler.sweep() for _ in range(60)][20:])


def test_intervals_of_topics_cover_the_planted_ones() -> None:
    covered, widths = [], []
    for seed in range(2):
        topics, draws = drawn(300, seed)
        assert draws.sum(axis=2) == pytest.approx(np.ones((40, TOPICS)), abs=1e-5)
        low, high = np.quantile(draws, (0.05, 0.95), axis=0)
        covered.append(((low <= topics) & (topics <= high)).mean())
        widths.append(draws.std(axis=0).mean())
    assert 0.65 < np.mean(covered) < 0.97  # 40 draws of a chain do not get everywhere
    _, many = drawn(1200, 0)
    assert many.std(axis=0).mean() == pytest.approx(np.mean(widths) / 2, rel=0.3)


def test_draws_repeat() -> None:
    assert (drawn(60, 1)[1] == drawn(60, 1)[1]).all()
