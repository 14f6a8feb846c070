"""Coherence worked by hand, and its answers at the edges."""

import math

import numpy as np
import pytest

from theta.contracts import Tokens
from theta.evaluation import coherence
from theta.evaluation.coherence import c_v, npmi, u_mass
from theta.evaluation.inputs import NO_WORD, EvaluationInputs
from theta.evaluation.windows import WindowCounts, count_windows


def counts_of(together, n_windows):
    return WindowCounts(n_windows, np.array(together))


def test_npmi_by_hand():
    # P(0) = 4/8, P(1) = 2/8, P(0, 1) = 2/8: log(.25 / .125) / -log .25 = log 2 / log 4 = 1/2.
    assert npmi(counts_of([[[4, 2], [2, 2]]], 8)) == pytest.approx(0.5)


def test_npmi_of_words_that_never_meet():
    # log(1e-12 / (1/2 · 1/2)) / -log 1e-12 = -1 + log 4 / (12 log 10)
    expected = -1 + math.log(4) / (12 * math.log(10))
    assert npmi(counts_of([[[1, 0], [0, 1]]], 2)) == pytest.approx(expected)


def test_c_v_by_hand():
    # As in test_npmi_by_hand: NPMI(0, 1) = 1/2. A word with itself: log(P / P²) / -log P = 1.
    # Vectors (1, 1/2) and (1/2, 1), topic (3/2, 3/2): cosines (3/2 · 3/2) / (√(5/4) · √(9/2)).
    expected = 2.25 / (math.sqrt(1.25) * math.sqrt(4.5))
    assert c_v(counts_of([[[4, 2], [2, 2]]], 8)) == pytest.approx(expected)


def test_u_mass_by_hand():
    # Words ranked 0, 1, 2: log(D(1,0)/D(0)), log(D(2,0)/D(0)), log(D(2,1)/D(1))
    # = log(2/4) + log(1/4) + log(1/2), over three.
    together = [[[4, 2, 1], [2, 2, 1], [1, 1, 3]]]
    expected = (math.log(1 / 2) + math.log(1 / 4) + math.log(1 / 2)) / 3
    assert u_mass(counts_of(together, 5)) == pytest.approx(expected)


def evidence_of(top_words, documents, n_words=12):
    top_words = np.array(top_words)
    starts = np.cumsum([0, *map(len, documents)]).astype(np.int64)
    ids = np.array([w for d in documents for w in d], dtype=np.int32)
    return EvaluationInputs(
        top_words=top_words,
        topic_word=np.full((len(top_words), n_words), 1 / n_words),
        doc_topic=np.full((2, len(top_words)), 1 / max(len(top_words), 1)),
        reference=Tokens(starts, ids),
    )


def test_the_three_measures_are_not_one_another():
    rng = np.random.default_rng(0)
    documents = [rng.integers(0, 12, 130).tolist() for _ in range(4)] + [[0, 1], [2]]
    values = [m.value for m in coherence.measure(evidence_of([[0, 1, 2, 3]], documents))]
    assert len(set(values)) == 3
    assert values[2] < 0


def test_a_topic_of_one_word_has_no_coherence_and_is_left_out_of_the_mean():
    documents = [[0, 1, 2], [0, 1], [2, 3]]
    both = coherence.measure(evidence_of([[0, 1], [2, NO_WORD]], documents))
    alone = coherence.measure(evidence_of([[0, 1]], documents))
    for metric, expected in zip(both, alone, strict=True):
        assert metric.value == expected.value
        assert metric.per_topic == [expected.value, None]
        assert "1 of 2 topics left out" in metric.definition


@pytest.mark.parametrize("documents", [[], [[]], [[7, 8], [9]], [[0], [0, 7]]])
def test_no_two_top_words_occur(documents):
    for metric in coherence.measure(evidence_of([[0, 1]], documents)):
        assert metric.value is None
        assert metric.interval is None
        assert metric.reason == "every topic has fewer than two top words that occur there"


def test_words_that_never_occur_do_not_change_the_others():
    documents = [[0, 1, 2], [0, 1], [2, 3]]
    with_absent = coherence.measure(evidence_of([[0, 11, 1, 2]], documents))
    without = coherence.measure(evidence_of([[0, 1, 2]], documents))
    assert [m.value for m in with_absent] == pytest.approx([m.value for m in without])


def test_an_empty_document_is_a_window():
    # As in gensim: P of each word is 1/2 with the empty document, 1 without.
    topic = np.array([[0, 1]])
    starts, ids = np.array([0, 2, 2]), np.array([0, 1], dtype=np.int32)
    (counts,) = count_windows(topic, Tokens(starts, ids), [10])
    assert npmi(counts) == pytest.approx(1.0)  # log(.5 / .25) / -log .5


def test_only_the_first_ten_words_count():
    rng = np.random.default_rng(1)
    documents = [rng.integers(0, 12, 40).tolist() for _ in range(5)]
    wide = coherence.measure(evidence_of([list(range(12))], documents))
    ten = coherence.measure(evidence_of([list(range(10))], documents))
    assert [m.value for m in wide] == [m.value for m in ten]
    assert "top 10 words" in wide[0].definition


def test_a_single_topic_has_a_value_and_no_interval():
    metrics = coherence.measure(evidence_of([[0, 1]], [[0, 1], [1, 0, 2], [2]]))
    assert all(m.value is not None and m.interval is None for m in metrics)
