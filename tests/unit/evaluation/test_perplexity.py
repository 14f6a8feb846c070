"""Perplexity of document completion by hand, against a dense product, and at the edges."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.contracts import Tokens
from theta.evaluation import perplexity
from theta.evaluation.inputs import EvaluationInputs, HeldOut
from theta.evaluation.perplexity import completion_log_likelihood


def evidence_of(topic_word, held_out):
    k = len(topic_word)
    return EvaluationInputs(
        top_words=np.zeros((k, 1), int),
        topic_word=np.array(topic_word),
        doc_topic=np.full((1, k), 1 / k),
        reference=Tokens(np.array([0]), np.array([], dtype=np.int32)),
        held_out=held_out,
    )


def ppl(topic_word, doc_topic, counts):
    held_out = HeldOut(np.array(doc_topic), csr_array(np.array(counts)))
    (metric,) = perplexity.measure(evidence_of(topic_word, held_out))
    return metric


def test_by_hand():
    # p(w | d1) = .5 · [.8 .2] + .5 · [.4 .6] = [.6 .4], two words 0: 2 log .6
    # p(w | d2) = [.4 .6], one word 1: log .6. Three tokens of probability .6: 1 / .6.
    metric = ppl([[0.8, 0.2], [0.4, 0.6]], [[0.5, 0.5], [0.0, 1.0]], [[2, 0], [0, 1]])
    assert metric.value == pytest.approx(1 / 0.6)


def test_tokens_weigh_alike_not_documents():
    # Nine tokens of probability .9, one of .1: exp(-(9 log .9 + log .1) / 10)
    metric = ppl([[0.9, 0.1]], [[1.0], [1.0]], [[9, 0], [0, 1]])
    assert metric.value == pytest.approx(math.exp(-(9 * math.log(0.9) + math.log(0.1)) / 10))


def test_uniform_words_have_the_size_of_the_vocabulary():
    metric = ppl(np.full((3, 7), 1 / 7), np.full((2, 3), 1 / 3), [[1, 2, 0, 0, 3, 0, 0], [1] * 7])
    assert metric.value == pytest.approx(7)
    assert metric.interval == pytest.approx((7, 7))


def test_blocks_against_a_dense_product(monkeypatch):
    rng = np.random.default_rng(0)
    beta = rng.dirichlet(np.ones(40), size=5).astype(np.float32)
    shares = rng.dirichlet(np.ones(5), size=30).astype(np.float32)
    counts = rng.poisson(0.3, size=(30, 40))
    counts[4] = 0
    dense = np.log(shares.astype(float) @ beta.astype(float))
    monkeypatch.setattr(perplexity, "_CELLS", 35)
    log_likelihood, n_tokens = completion_log_likelihood(shares, beta, csr_array(counts))
    np.testing.assert_allclose(log_likelihood, (counts * dense).sum(axis=1))
    np.testing.assert_array_equal(n_tokens, counts.sum(axis=1))
    metric = ppl(beta, shares, counts)
    assert metric.value == pytest.approx(np.exp(-(counts * dense).sum() / counts.sum()))
    assert metric.interval[0] < metric.value < metric.interval[1]


def test_an_empty_second_half_changes_nothing():
    one = ppl([[0.8, 0.2]], [[1.0]], [[2, 1]])
    two = ppl([[0.8, 0.2]], [[1.0], [1.0]], [[2, 1], [0, 0]])
    assert two.value == one.value
    assert one.interval is None


def test_a_stored_zero_is_no_word():
    halves = csr_array((np.array([0, 2]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2))
    (metric,) = perplexity.measure(evidence_of([[0.0, 1.0]], HeldOut(np.ones((1, 1)), halves)))
    assert metric.value == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("held_out", "reason"),
    [
        (None, "there are no test documents"),
        (HeldOut(np.empty((0, 1)), csr_array((0, 2))), "there are no test documents"),
        (HeldOut(np.ones((1, 1)), csr_array((1, 2))), "contains a word of the vocabulary"),
    ],
)
def test_nothing_to_predict(held_out, reason):
    (metric,) = perplexity.measure(evidence_of([[0.5, 0.5]], held_out))
    assert metric.value is None
    assert reason in metric.reason


def test_a_word_of_probability_zero_is_reported_not_smoothed():
    metric = ppl([[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [1.0, 0.0]], [[1, 1], [3, 0]])
    assert metric.value is None
    assert "infinite" in metric.reason
    assert "1 of 2" in metric.reason
