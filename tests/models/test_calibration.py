"""Calibrated topic shares: those of planted documents are found, whatever the topics' blur."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.models.calibration import Start, calibrate
from theta.models.calibration_steps import overlap_of, run_together, turned

WORDS, DOCS = 60, 800


@pytest.fixture(scope="module")
def planted() -> tuple[csr_array, np.ndarray, np.ndarray, np.ndarray]:
    """Counts, topics, shares and groups: the groups differ in the first two of three topics."""
    rng = np.random.default_rng(0)
    topics = np.vstack([rng.dirichlet(np.full(WORDS, 0.2)) for _ in range(3)])
    group = np.arange(DOCS) % 2
    eta = rng.normal(0, 1.2, (DOCS, 3))
    eta[:, 0] += group
    eta[:, 1] -= group
    shares = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    counts = np.array([rng.multinomial(60, row) for row in shares @ topics]).astype(np.int32)
    return csr_array(counts), topics, shares, group


def differences(shares: np.ndarray, group: np.ndarray) -> np.ndarray:
    found: np.ndarray = shares[group == 1].mean(axis=0) - shares[group == 0].mean(axis=0)
    return found


@pytest.mark.parametrize("blur", [0.0, 0.4])
def test_planted_shares_and_effects_are_found(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray], blur: float
) -> None:
    bow, topics, shares, group = planted
    seen = (1 - blur) * topics + blur * topics.mean(axis=0)
    x = np.c_[np.ones(DOCS), group]
    posterior = calibrate(bow, seen, x, np.arange(100), seed=0)
    draws = np.array(list(posterior.draws(20, seed=0)))
    mean = draws.mean(axis=0)
    assert np.polyfit(mean.ravel(), shares.ravel(), 1)[0] == pytest.approx(1, abs=0.06)
    assert draws.std(axis=1).mean() == pytest.approx(shares.std(axis=0).mean(), rel=0.1)
    true = differences(shares, group)
    assert true @ differences(mean, group) / (true @ true) == pytest.approx(1, abs=0.12)
    start = posterior.start
    assert start.mean_shares == pytest.approx(shares.mean(axis=0), abs=0.05)
    if blur:
        assert start.em_steps > 0
        before, after = np.abs(seen - topics).sum(), np.abs(start.topic_word - topics).sum()
        assert after < 0.5 * before
        assert start.topic_draws.mean(axis=0) == pytest.approx(start.topic_word, abs=1e-6)


def test_a_common_mean_shrinks_effects_on_short_documents(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, topics, shares, group = planted
    rng = np.random.default_rng(1)
    counts = np.array([rng.multinomial(6, row) for row in shares @ topics]).astype(np.int32)
    true = differences(shares, group)
    slopes = []
    for x in (None, np.c_[np.ones(DOCS), group]):
        posterior = calibrate(csr_array(counts), topics, x, np.arange(100), seed=0)
        mean = np.mean(list(posterior.draws(20, seed=0)), axis=0)
        slopes.append(true @ differences(mean, group) / (true @ true))
    assert slopes[0] < 0.9
    assert slopes[1] == pytest.approx(1, abs=0.25)


def test_draws_repeat_and_do_not_move_the_chain(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    bow, topics, _, _ = planted
    posterior = calibrate(bow[:60], topics, None, np.arange(0), seed=3)
    first, again = (list(posterior.draws(3, seed=5)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert not (first[0] == first[1]).all()
    other = next(posterior.draws(1, seed=6))
    assert not (first[0] == other).all()
    repeated = calibrate(bow[:60], topics, None, np.arange(0), seed=3)
    assert (repeated.eta == posterior.eta).all()


def test_uncertain_topics_are_in_the_draws_of_shares(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    bow, topics, _, _ = planted
    start = Start.after(40, bow[:120], topics, 0)
    known = replace(start, topic_draws=start.topic_draws[:0])
    errors = [
        np.std([draw.mean(axis=0) for draw in one.calibrated(None, 0).draws(30, 0)], axis=0).mean()
        for one in (start, known)
    ]
    assert errors[0] > 1.2 * errors[1]


def test_topics_that_words_do_not_tell_apart_count_as_known() -> None:
    """A chain would make the topics of short documents that mix all topics more and more alike."""
    rng = np.random.default_rng(0)
    topics = 0.3 * rng.dirichlet(np.full(WORDS, 0.3), 5) + 0.7 / WORDS
    shares = rng.dirichlet(np.full(5, 5.0), 400)
    counts = np.array([rng.multinomial(15, row) for row in shares @ topics]).astype(np.int32)
    seen = 0.5 * topics + 0.5 * rng.dirichlet(np.full(WORDS, 0.5), 5)
    start = Start.after(20, csr_array(counts), seen, 0)
    assert not len(start.topic_draws)
    assert start.undetermined


def test_a_chain_makes_up_for_topics_that_are_too_sharp(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    _, topics, _, _ = planted
    sharp = topics**1.5 / (topics**1.5).sum(axis=1, keepdims=True)
    settled = np.repeat(topics[None], 9, axis=0).astype(np.float32)
    assert overlap_of(topics) > 1.3 * overlap_of(sharp)
    assert not run_together(settled, sharp)
    growing = np.array([(1 - t) * topics + t * topics.mean(axis=0) for t in np.arange(9) / 20])
    assert run_together(growing.astype(np.float32), sharp)
    assert not run_together(growing.astype(np.float32), topics.mean(axis=0)[None].repeat(3, axis=0))
    alike = 0.1 * topics + 0.9 * topics.mean(axis=0)
    assert run_together(np.repeat(alike[None], 9, axis=0).astype(np.float32), sharp)


def test_topics_that_are_too_sharp_without_a_step_are_made_up_for(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """As those of a structural topic model with a Laplace approximation are."""
    bow, topics, _, _ = planted
    sharp = topics**1.15 / (topics**1.15).sum(axis=1, keepdims=True)
    start = Start.after(0, bow, sharp, 0)
    assert len(start.topic_draws)
    assert np.abs(start.topic_word - topics).sum() < 0.8 * np.abs(sharp - topics).sum()


def test_a_topic_is_the_same_however_blurred_it_was(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    bow, topics, _, _ = planted
    background = np.asarray(bow.sum(axis=0)).ravel() / bow.sum()
    blurred = 0.25 * topics + 0.75 * background
    assert np.minimum(topics, blurred).sum(axis=1).min() < 0.7
    assert not len(turned(topics, blurred, background))
    other = topics.copy()
    other[1] = 0.2 * topics[1] + 0.8 * np.roll(topics[1], 7)
    assert turned(other, topics, background).tolist() == [1]


def test_no_more_steps_than_held_out_words_ask_for(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    bow, topics, _, _ = planted
    start = Start.chosen(bow, 0.6 * topics + 0.4 * topics.mean(axis=0), np.arange(100), seed=0)
    after = {steps: value for steps, value in start.perplexity.items() if steps}
    assert after[start.em_steps] == min(after.values()) < start.perplexity[0]


def test_mixtures_do_not_pass_for_topics() -> None:
    """Documents mix topics in three fixed ways: sharpening would make topics of the mixtures."""
    rng = np.random.default_rng(0)
    topics = np.kron(np.eye(3), rng.dirichlet(np.ones(10)))[:, :30]
    weights = np.full((3, 3), 1 / 9) + 2 / 3 * np.eye(3)
    group = np.arange(600) % 2
    main = np.where(rng.random(600) < 2 / 3, group, 2)
    counts = np.array([rng.multinomial(20, weights[one] @ topics) for one in main])
    bow = csr_array(counts.astype(np.int32))
    start = Start.chosen(bow, topics, np.arange(60), seed=0)
    assert start.blurred
    assert start.em_steps == 0
    x = np.c_[np.ones(600), group]
    mean = np.mean(list(start.calibrated(x, seed=0).draws(20, seed=0)), axis=0)
    true = differences(weights[main], group)
    assert true @ differences(mean, group) / (true @ true) == pytest.approx(1, abs=0.1)


def test_mixtures_do_not_pass_for_topics_in_a_chain() -> None:
    """Topics that no step of EM would change, since they have some words of the others."""
    rng = np.random.default_rng(1)
    topics = np.kron(np.eye(3), np.full(10, 0.1))
    weights = np.full((3, 3), 1 / 9) + 2 / 3 * np.eye(3)
    counts = np.array([rng.multinomial(20, weights[i % 3] @ topics) for i in range(600)])
    seen = 0.96 * topics + 0.04 / 30
    start = Start.after(0, csr_array(counts.astype(np.int32)), seen, 0)
    assert start.blurred
    assert not len(start.topic_draws)
    shares = next(start.calibrated(None, seed=0).draws(1, seed=0))
    assert shares[np.arange(600), np.arange(600) % 3].mean() == pytest.approx(7 / 9, abs=0.05)


def test_a_start_comes_back_from_its_arrays(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    bow, topics, _, group = planted
    start = Start.chosen(bow, topics, np.arange(100), seed=0)
    again = Start.from_arrays(bow, start.arrays())
    assert again is not None
    assert (again.perplexity, again.blurred) == (start.perplexity, start.blurred)
    assert again.undetermined == start.undetermined
    turned_once = Start.from_arrays(bow, replace(start, turned=(2,)).arrays())
    assert turned_once is not None
    assert turned_once.turned == (2,)
    x = np.c_[np.ones(DOCS), group]
    ours, theirs = (next(one.calibrated(x, 0).draws(1, 0)) for one in (start, again))
    assert (ours == theirs).all()
    assert Start.from_arrays(bow, {**start.arrays(), "version": np.array(0)}) is None


def test_topics_do_not_turn_into_others(
    planted: tuple[csr_array, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """A topic of the wrong words would become one of the planted ones by steps of EM."""
    bow, topics, _, _ = planted
    wrong = np.random.default_rng(5).dirichlet(np.full(WORDS, 0.2))
    seen = np.vstack([topics[:2], wrong])
    after = Start.after(40, bow, seen, 0)
    assert np.minimum(after.topic_word, seen).sum(axis=1).min() < 0.4
    assert after.turned == (2,)
    assert not len(after.topic_draws)
    start = Start.chosen(bow, seen, np.arange(100), seed=0)
    assert start.em_steps == 0
