"""Accuracy and macro-F1 of a classifier on topic shares."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from theta.contracts import Tokens
from theta.evaluation import classification
from theta.evaluation.classification import cross_validated_labels
from theta.evaluation.inputs import EvaluationInputs


def planted(n=120, noise=0.3):
    """Topic shares from which two of three labels can be read."""
    rng = np.random.default_rng(0)
    codes = np.arange(n) % 3
    shares = rng.dirichlet(np.full(4, noise), n) + np.eye(4)[np.minimum(codes, 1)]
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32), codes


def evidence_of(doc_topic, codes, seed=0):
    k = doc_topic.shape[1]
    return EvaluationInputs(
        top_words=np.zeros((k, 1), int),
        topic_word=np.ones((k, 1)),
        doc_topic=doc_topic,
        reference=Tokens(np.array([0]), np.array([], dtype=np.int32)),
        label_codes=codes,
        seed=seed,
    )


@pytest.mark.parametrize("n_threads", [1, 2])
def test_folds_against_scikit_learn(n_threads: int):
    shares, codes = planted()
    expected = cross_val_predict(
        LogisticRegression(max_iter=1000),
        shares.astype(float),
        codes,
        cv=StratifiedKFold(5, shuffle=True, random_state=3),
    )
    found = cross_validated_labels(shares, codes, seed=3, n_threads=n_threads)
    np.testing.assert_array_equal(found, expected)


def test_labels_that_can_be_read_are_read():
    shares, codes = planted(noise=0.01)
    accuracy, _ = classification.measure(evidence_of(shares, codes))
    # Labels 1 and 2 look the same: a third is certain, of the other two thirds half.
    assert 0.5 < accuracy.value < 0.85


def test_the_classifier_never_saw_the_documents_it_labels():
    # One topic per document and random labels: a classifier tested on its own documents knows all.
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 60)
    accuracy, _ = classification.measure(evidence_of(np.eye(60), codes))
    assert accuracy.value < 0.7


def test_rare_labels_and_unlabelled_documents_are_left_out():
    shares, codes = planted()
    codes = codes.copy()
    codes[:3] = 9
    codes[3:6] = -1
    accuracy, _ = classification.measure(evidence_of(shares, codes))
    assert "(114 documents, 3 labels)" in accuracy.definition
    assert accuracy.value is not None


@pytest.mark.parametrize("codes", [[-1] * 12, [0] * 12, [0] * 10 + [1] * 2, list(range(12))])
def test_fewer_than_two_frequent_labels(codes):
    metrics = classification.measure(evidence_of(np.full((12, 2), 0.5), np.array(codes)))
    assert [m.value for m in metrics] == [None, None]
    assert all(m.reason == "fewer than two labels have 5 documents" for m in metrics)


def test_many_documents_are_sampled_by_the_seed(monkeypatch):
    monkeypatch.setattr(classification, "MAX_DOCUMENTS", 60)
    shares, codes = planted()
    rows = [classification.classifiable_rows(codes, seed) for seed in (0, 0, 1)]
    assert len(rows[0]) == 60
    np.testing.assert_array_equal(rows[0], rows[1])
    assert not np.array_equal(rows[0], rows[2])
    accuracy, _ = classification.measure(evidence_of(shares, codes))
    assert "(60 documents" in accuracy.definition
