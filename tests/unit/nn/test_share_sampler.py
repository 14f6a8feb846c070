"""The sampler of topic shares, against numerical integration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.nn.mixture_em import sharpened
from theta.nn.share_sampler import ShareSampler, log_ratios
from theta.nn.word_batches import padded_batches

TOPICS = np.array([[0.8, 0.1, 0.1], [0.1, 0.2, 0.7]])


@pytest.mark.parametrize("counts", [[7, 3, 0], [0, 0, 1], [0, 0, 0], [10, 0, 90]])
def test_the_posterior_of_a_document(counts: list[int]) -> None:
    n_docs, mean, deviation = 4000, 0.5, 1.5
    bow = csr_array(np.tile(np.array(counts, np.int32), (n_docs, 1)))
    sampler = ShareSampler(
        bow, TOPICS, np.ones((n_docs, 1)), np.zeros((n_docs, 1), np.float32), seed=0
    )
    sampler.coefficients = np.array([[mean]])
    sampler.covariance = np.array([[deviation**2]])
    for _ in range(30):
        sampler.move()
    eta = np.linspace(-12, 12, 20_001)
    share = 1 / (1 + np.exp(-eta))
    log = np.log(np.outer(share, TOPICS[0]) + np.outer(1 - share, TOPICS[1])) @ counts
    density = np.exp(log - log.max() - 0.5 * ((eta - mean) / deviation) ** 2)
    density /= density.sum()
    expected = density @ share
    spread = np.sqrt(density @ share**2 - expected**2)
    found = sampler.doc_topic[:, 0]
    assert found.mean() == pytest.approx(expected, abs=4 * spread / np.sqrt(n_docs))
    assert found.std() == pytest.approx(spread, rel=0.05)


def test_the_prior_given_shares() -> None:
    rng = np.random.default_rng(0)
    n_docs = 20_000
    x = np.c_[np.ones(n_docs), np.arange(n_docs) % 2 - 0.5]
    covariance = np.array([[2.0, 0.6], [0.6, 1.0]])
    eta = x @ [[0.5, -1.0], [1.0, 0.0]] + rng.multivariate_normal([0, 0], covariance, n_docs)
    bow = csr_array((n_docs, 3), dtype=np.int32)
    topics = np.vstack([TOPICS, [0.2, 0.6, 0.2]])
    sampler = ShareSampler(bow, topics, x, eta.astype(np.float32), seed=0)
    assert sampler.covariance == pytest.approx(covariance, abs=0.08)
    assert sampler.coefficients == pytest.approx(np.array([[0.5, -1.0], [1.0, 0.0]]), abs=0.08)
    drawn = []
    for _ in range(400):
        sampler.draw_prior()
        drawn.append(sampler.coefficients[1])
    # The error of a difference of means of two halves: Σ (2/n + 2/n).
    assert np.cov(np.array(drawn).T) == pytest.approx(covariance * 4 / n_docs, rel=0.3)


@pytest.mark.parametrize("num_topics", [2, 5])
def test_the_prior_of_the_covariance_does_not_depend_on_which_topic_is_last(
    num_topics: int,
) -> None:
    """Few documents, whose topics are unrelated: the same differences of logs in any order."""
    rng = np.random.default_rng(0)
    n_docs = 12
    log = rng.normal(size=(n_docs, num_topics))
    log -= log.mean(axis=0)
    bow = csr_array((n_docs, 3), dtype=np.int32)
    topics = np.full((num_topics, 3), 1 / 3)

    def mean_covariance(order: np.ndarray) -> np.ndarray:
        own = log[:, order]
        eta = (own[:, :-1] - own[:, -1:]).astype(np.float32)
        sampler = ShareSampler(bow, topics, np.ones((n_docs, 1)), eta, seed=0)
        total = np.zeros((num_topics, num_topics))
        for _ in range(3000):
            sampler.draw_prior()
            total[:-1, :-1] += sampler.covariance
        centred = np.eye(num_topics) - 1 / num_topics
        found = centred @ total @ centred / 3000
        back = np.argsort(order)
        return found[np.ix_(back, back)]

    order = np.arange(num_topics)
    one, other = mean_covariance(order), mean_covariance(order[::-1].copy())
    assert one == pytest.approx(other, abs=0.06 * np.abs(one).max())


def test_batches_hold_every_word_once() -> None:
    rng = np.random.default_rng(0)
    counts = rng.poisson(0.3, (50, 20)).astype(np.int32)
    counts[7] = 0
    found = np.zeros(counts.shape)
    for batch in padded_batches(csr_array(counts), 100_000):
        rows = batch.rows[:, None].expand(batch.words.shape)
        np.add.at(found, (rows.numpy(), batch.words.numpy()), batch.counts.numpy())
    assert (found == counts).all()


def test_em_sharpens_blurred_topics() -> None:
    rng = np.random.default_rng(0)
    topics = np.vstack([rng.dirichlet(np.full(30, 0.2)) for _ in range(3)])
    shares = rng.dirichlet(np.ones(3), 500)
    counts = np.array([rng.multinomial(80, row) for row in shares @ topics]).astype(np.int32)
    blurred = 0.6 * topics + 0.4 * topics.mean(axis=0)
    path = sharpened(csr_array(counts), blurred, np.full(30, 0.1))
    distances = [np.abs(next(path)[0] - topics).sum() for _ in range(20)]
    assert distances[-1] < 0.5 * np.abs(blurred - topics).sum()
    assert distances[-1] < distances[0]


def test_log_ratios() -> None:
    eta = log_ratios(np.array([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]]))
    assert eta == pytest.approx(np.log(np.array([[2, 1], [1000, 1]])), abs=1e-6)
