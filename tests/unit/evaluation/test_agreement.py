"""NMI, ARI and purity by hand."""

import math

import numpy as np
import pytest

from theta.contracts import Tokens
from theta.evaluation import agreement
from theta.evaluation.agreement import purity
from theta.evaluation.inputs import EvaluationInputs

CODES = np.array([0, 0, 0, 0, 1, 1, 1, 1])
TOPICS = np.array([0, 0, 0, 1, 1, 1, 1, 1])
"""Of label 0 three documents in topic 0 and one in topic 1; of label 1 four in topic 1."""


def test_purity_by_hand():
    # The commonest label of topic 0 has 3 of 3 documents, of topic 1 4 of 5: 7 of 8.
    of_topic, overall = purity(TOPICS, CODES, 3)
    np.testing.assert_array_equal(of_topic, [1, 4 / 5, np.nan])
    assert overall == 7 / 8


def test_nmi_and_ari_by_hand():
    # H(label) = log 2; H(topic) = -(3/8 log 3/8 + 5/8 log 5/8)
    # I = 3/8 log(3/8 / (1/2 · 3/8)) + 1/8 log(1/8 / (1/2 · 5/8)) + 4/8 log(4/8 / (1/2 · 5/8))
    #   = 3/8 log 2 + 1/8 log(2/5) + 1/2 log(8/5)
    h_topic = -(3 / 8 * math.log(3 / 8) + 5 / 8 * math.log(5 / 8))
    mutual = 3 / 8 * math.log(2) + 1 / 8 * math.log(2 / 5) + 1 / 2 * math.log(8 / 5)
    nmi = 2 * mutual / (math.log(2) + h_topic)
    # Pairs together in both: C(3,2) + C(1,2) + C(4,2) = 9; by label 2 · C(4,2) = 12; by topic
    # C(3,2) + C(5,2) = 13; of all C(8,2) = 28. Expected 12 · 13 / 28, highest (12 + 13) / 2.
    expected = 12 * 13 / 28
    ari = (9 - expected) / (12.5 - expected)
    metrics = agreement.measure(evidence_of(np.eye(2)[TOPICS], CODES))
    assert [m.value for m in metrics] == pytest.approx([nmi, ari, 7 / 8])


def evidence_of(doc_topic, label_codes):
    doc_topic = np.array(doc_topic, dtype=np.float32)
    k = doc_topic.shape[1]
    return EvaluationInputs(
        top_words=np.zeros((k, 1), int),
        topic_word=np.ones((k, 1)),
        doc_topic=doc_topic,
        reference=Tokens(np.array([0]), np.array([], dtype=np.int32)),
        label_codes=None if label_codes is None else np.array(label_codes),
    )


def test_no_labels_no_metrics():
    assert agreement.measure(evidence_of([[1.0]], None)) == []


def test_unlabelled_documents_are_not_counted():
    shares = [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.7, 0.3]]
    some = agreement.measure(evidence_of(shares, [0, 1, -1, -1]))
    assert [m.value for m in some] == pytest.approx([1, 1, 1])
    assert "(2)" in some[0].definition


@pytest.mark.parametrize(
    ("codes", "reason"),
    [([-1, -1], "no document has a label"), ([3, 3], "all documents have one label")],
)
def test_fewer_than_two_labels(codes, reason):
    for metric in agreement.measure(evidence_of([[0.9, 0.1], [0.2, 0.8]], codes)):
        assert metric.value is None
        assert metric.reason == reason


def test_all_documents_in_one_topic():
    # One topic tells nothing of the label: NMI 0, ARI 0; its commonest label has 2 of 3.
    metrics = agreement.measure(evidence_of([[0.9, 0.1]] * 3, [0, 0, 1]))
    assert [m.value for m in metrics] == pytest.approx([0, 0, 2 / 3])
    assert metrics[2].per_topic == [pytest.approx(2 / 3), None]
