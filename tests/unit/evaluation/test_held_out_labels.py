from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, normalized_mutual_info_score

from tests.unit.evaluation.test_metrics import random_evidence
from theta.contracts import UNLABELLED
from theta.evaluation import control, held_out_labels
from theta.evaluation.held_out_labels import label_scores, measure, regression_labels
from theta.evaluation.inputs import LabelTask


def task(seed: int = 0, n_train: int = 80, n_test: int = 60, **changed: object) -> LabelTask:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, n_train + n_test)
    topics = rng.dirichlet(np.full(5, 0.3), len(codes)) + np.eye(5)[codes]
    topics /= topics.sum(axis=1, keepdims=True)
    vectors = np.eye(4)[codes] + rng.normal(0, 0.8, (len(codes), 4))
    made = LabelTask(
        doc_topic=topics,
        codes=codes,
        train=np.arange(n_train),
        test=np.arange(n_train, len(codes)),
        features=vectors.astype(np.float16),
    )
    return dataclasses.replace(made, **changed)  # type: ignore[arg-type]


def values(label_task: LabelTask) -> dict[str, float | None]:
    evidence = dataclasses.replace(random_evidence(), label_task=label_task)
    return {
        metric.name: metric.value for metric in [*measure(evidence), *control.measure(evidence)]
    }


def test_against_scikit_learn() -> None:
    made = task()
    on_topics = LogisticRegression(max_iter=1000).fit(made.doc_topic[made.train], made.train_codes)
    predicted = on_topics.predict(made.doc_topic[made.test])
    vectors = made.features.astype(float)
    on_vectors = LogisticRegression(max_iter=1000).fit(vectors[made.train], made.train_codes)
    found = values(made)
    assert found == pytest.approx(
        {
            "accuracy@test": (predicted == made.test_codes).mean(),
            "macro_F1@test": f1_score(made.test_codes, predicted, average="macro"),
            "NMI@test": normalized_mutual_info_score(
                made.test_codes, made.doc_topic[made.test].argmax(axis=1)
            ),
            "control@test": on_vectors.score(vectors[made.test], made.test_codes),
        }
    )
    assert 0.3 < found["control@test"] < 1


def test_a_model_that_tells_labels_is_taken_at_its_word() -> None:
    made = task()
    found = values(dataclasses.replace(made, predicted=made.test_codes))
    assert found["accuracy@test"] == found["macro_F1@test"] == 1
    # Topics and vectors are judged as before.
    assert found["NMI@test"] == values(made)["NMI@test"]
    assert found["control@test"] == values(made)["control@test"]


def test_without_embeddings_there_is_no_control() -> None:
    assert "control@test" not in values(task(features=None))


def test_what_cannot_be_computed_has_a_reason() -> None:
    nothing = task(test=np.empty(0, int))
    single = task(codes=np.zeros(140, int))
    for made, reason in ((nothing, "no test document"), (single, "fewer than two labels")):
        evidence = dataclasses.replace(random_evidence(), label_task=made)
        for metric in [*measure(evidence), *control.measure(evidence)]:
            assert metric.value is None
            assert reason in str(metric.reason)


def test_confusion_by_hand() -> None:
    # Two of label 3, one predicted as 7; one of label 7, predicted as 9, which nobody has.
    # F1 of 3: 2·1/(1 + 2); of 7: 2·0/(1 + 1); of 9: 0/(1 + 0).
    scores = label_scores(np.array([3, 3, 7]), np.array([3, 7, 9]))
    assert scores.codes.tolist() == [3, 7, 9]
    assert scores.confusion.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert scores.f1.tolist() == pytest.approx([2 / 3, 0, 0])


def test_unlabelled_documents_have_no_place_in_it() -> None:
    with pytest.raises(ValueError, match="without a label"):
        label_scores(np.array([0, UNLABELLED]), np.array([0, 0]))


def test_many_documents_are_drawn_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_out_labels, "MAX_DOCUMENTS", 20)
    made = task()
    one, again, other = (regression_labels(made, made.doc_topic, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
