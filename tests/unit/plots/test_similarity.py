from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from theta.plots.similarity import order_by_similarity, word_similarity


def test_against_scipy():
    topics = np.random.default_rng(0).dirichlet(np.full(50, 0.1), size=6)
    found = word_similarity(topics)
    for i in range(6):
        for j in range(6):
            # scipy returns the distance, the root of the divergence
            assert found[i, j] == pytest.approx(1 - jensenshannon(topics[i], topics[j], 2) ** 2)


def test_its_ends():
    topics = np.array([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]])
    assert word_similarity(topics) == pytest.approx(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]]))


@pytest.mark.parametrize("n", [1, 2])
def test_few_topics_keep_their_order(n):
    assert order_by_similarity(np.eye(n)) == list(range(n))


def test_similar_topics_stand_side_by_side():
    similarity = np.full((6, 6), 0.1)
    for pair in [(0, 3), (1, 4), (2, 5)]:
        similarity[np.ix_(pair, pair)] = 0.9
    np.fill_diagonal(similarity, 1)
    order = order_by_similarity(similarity)
    assert sorted(order) == list(range(6))
    assert all(abs(order.index(a) - order.index(b)) == 1 for a, b in [(0, 3), (1, 4), (2, 5)])
