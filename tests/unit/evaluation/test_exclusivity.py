"""FREX by hand and against its definition."""

import numpy as np
import pytest
from scipy.stats import ecdf

from theta.contracts import Tokens
from theta.evaluation import exclusivity as family
from theta.evaluation.exclusivity import exclusivity
from theta.evaluation.inputs import EvaluationInputs


def test_by_hand():
    # β = [.5 .3 .2 0], [.1 .3 .2 .4]; shares in topic 0: 5/6, 1/2, 1/2, 0.
    # Topic 0, word 0: the highest of four in both: 1 / (.7/1 + .3/1) = 1.
    # Word 1: share 1/2 ≥ three of four, frequency .3 ≥ three of four: 3/4.
    # Topic 1 (shares 1/6, 1/2, 1/2, 1), word 3: 1. Word 2: share 3/4, frequency .2 ≥ two of four:
    # 1 / (.7/.75 + .3/.5) = 1 / 1.53333 = .652174
    beta = np.array([[0.5, 0.3, 0.2, 0.0], [0.1, 0.3, 0.2, 0.4]])
    found = exclusivity(np.array([[0, 1], [3, 2]]), beta, 0.7)
    np.testing.assert_allclose(found, [(1 + 0.75) / 2, (1 + 1 / (0.7 / 0.75 + 0.3 / 0.5)) / 2])


def test_against_the_definition_with_scipys_ecdf():
    rng = np.random.default_rng(0)
    beta = rng.dirichlet(np.full(50, 0.3), size=6).astype(np.float32)
    top_words = np.argsort(-beta, axis=1)[:, :10]
    share = beta.astype(float) / beta.sum(axis=0, dtype=float)
    expected = [
        np.mean(
            1
            / (
                0.7 / ecdf(share[k]).cdf.evaluate(share[k][words])
                + 0.3 / ecdf(beta[k]).cdf.evaluate(beta[k][words])
            )
        )
        for k, words in enumerate(top_words)
    ]
    np.testing.assert_allclose(exclusivity(top_words, beta, 0.7), expected)


def test_the_weight_is_of_exclusivity():
    # Topic 0's commonest word, 0, is commoner elsewhere; its own word, 2, is rare.
    beta = np.array([[0.6, 0.3, 0.1], [0.9, 0.1, 0.0]])
    common, own = np.array([[0], [0]]), np.array([[2], [1]])
    assert exclusivity(common, beta, 0.0)[0] > exclusivity(own, beta, 0.0)[0]
    assert exclusivity(common, beta, 1.0)[0] < exclusivity(own, beta, 1.0)[0]


def evidence_of(top_words, topic_word):
    return EvaluationInputs(
        top_words=np.array(top_words),
        topic_word=np.array(topic_word),
        doc_topic=np.full((1, len(top_words)), 1 / len(top_words)),
        reference=Tokens(np.array([0]), np.array([], dtype=np.int32)),
    )


def test_a_single_topic_is_exclusive_of_nothing():
    (metric,) = family.measure(evidence_of([[0, 1]], [[0.6, 0.4]]))
    assert metric.value is None
    assert "single topic" in metric.reason


def test_rows_of_zeros_are_left_out():
    (metric,) = family.measure(evidence_of([[0, 1], [0, 1]], [[0.6, 0.4, 0.0], [0.0, 0.0, 0.0]]))
    assert metric.per_topic[1] is None
    assert metric.value == metric.per_topic[0]
    (metric,) = family.measure(evidence_of([[0], [1]], np.zeros((2, 3))))
    assert metric.value is None


def test_the_weight_is_stated():
    (metric,) = family.measure(evidence_of([[0], [1]], [[0.6, 0.4], [0.4, 0.6]]))
    assert "weight 0.7" in metric.definition
    assert metric.value == pytest.approx(1.0)
