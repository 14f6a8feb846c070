"""Agreement of two groupings, against scikit-learn and in the cases that have no variance."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, f1_score, normalized_mutual_info_score

from theta.evaluation.classification import label_scores
from theta.evaluation.contingency import (
    adjusted_rand_index,
    contingency,
    normalized_mutual_information,
)


def test_a_table_by_hand() -> None:
    table = contingency(np.array([0, 2, 2, 0]), np.array([1, 0, 0, 1]), (3, 2))
    assert table.tolist() == [[0, 2], [0, 0], [2, 0]]


@pytest.mark.parametrize("seed", range(20))
def test_against_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_docs, n_labels, num_topics = rng.integers([20, 1, 1], [900, 25, 25]).tolist()
    codes = rng.integers(0, n_labels, n_docs)
    topics = np.where(rng.random(n_docs) < 0.4, codes % num_topics, rng.integers(num_topics))
    table = contingency(codes, topics, (n_labels + 2, num_topics))  # two labels without documents
    nmi = normalized_mutual_info_score(codes, topics)
    assert normalized_mutual_information(table) == pytest.approx(nmi, rel=1e-13, abs=1e-15)
    assert adjusted_rand_index(table) == pytest.approx(
        adjusted_rand_score(codes, topics), rel=1e-13, abs=1e-15
    )
    predicted = np.where(rng.random(n_docs) < 0.4, codes, rng.integers(0, n_labels, n_docs))
    scores = label_scores(codes, predicted)
    np.testing.assert_array_equal(scores.f1, f1_score(codes, predicted, average=None))


@pytest.mark.parametrize(
    ("table", "nmi", "ari"),
    [
        ([[4]], 1, 1),
        ([[4, 0], [0, 0]], 1, 1),
        ([[2, 2]], 0, 0),
        ([[2], [2]], 0, 0),
        ([[3, 0], [0, 1]], 1, 1),
        ([[1, 0], [0, 1]], 1, 1),
    ],
)
def test_groupings_that_are_the_same_or_tell_nothing(
    table: list[list[int]], nmi: float, ari: float
) -> None:
    assert normalized_mutual_information(np.array(table)) == pytest.approx(nmi)
    assert adjusted_rand_index(np.array(table)) == pytest.approx(ari)
