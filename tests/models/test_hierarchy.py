"""The hierarchy over topics: merges, groups, order, and what tells topics apart."""

from __future__ import annotations

import numpy as np
import pytest

from theta.models.hierarchy import groups_at, leaves_in_order, mean_vectors, topic_hierarchy

PAIRS = np.array(
    [
        [1.0, 0.9, 0.1, 0.2],
        [0.9, 1.0, 0.2, 0.3],
        [0.1, 0.2, 1.0, 0.6],
        [0.2, 0.3, 0.6, 1.0],
    ]
)


def test_the_most_similar_topics_are_merged_first() -> None:
    nodes = topic_hierarchy(PAIRS, None)
    assert [node.topics for node in nodes] == [(0, 1), (2, 3), (0, 1, 2, 3)]
    assert [node.children for node in nodes] == [(0, 1), (2, 3), (4, 5)]
    # Complete linkage: the groups are as far apart as topics 0 and 2.
    assert [node.height for node in nodes] == pytest.approx([0.1 / 0.9, 0.4 / 0.9, 1])


def test_groups_of_each_size() -> None:
    nodes = topic_hierarchy(PAIRS, None)
    assert groups_at(nodes, 4) == [(0,), (1,), (2,), (3,)]
    assert groups_at(nodes, 3) == [(0, 1), (2,), (3,)]
    assert groups_at(nodes, 2) == [(0, 1), (2, 3)]
    assert groups_at(nodes, 1) == [(0, 1, 2, 3)]


def test_meaning_counts_as_much_as_words() -> None:
    # By words all are alike; by meaning 0 and 2 are, and 1 and 3.
    alike = np.full((4, 4), 0.5) + np.eye(4) / 2
    meaning = np.array([[1.0, 0.1], [-1.0, 0.2], [1.0, 0.2], [-1.0, 0.1]])
    nodes = topic_hierarchy(alike, meaning)
    assert groups_at(nodes, 2) == [(0, 2), (1, 3)]


def test_branches_do_not_cross() -> None:
    similarity = PAIRS[np.ix_([0, 2, 1, 3], [0, 2, 1, 3])]
    order = leaves_in_order(topic_hierarchy(similarity, None))
    assert sorted(order) == [0, 1, 2, 3]
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}


def test_few_topics() -> None:
    assert topic_hierarchy(np.ones((1, 1)), None) == ()
    assert groups_at((), 1) == [(0,)]
    assert leaves_in_order(()) == [0]
    (node,) = topic_hierarchy(np.ones((2, 2)), None)
    assert (node.topics, node.height) == ((0, 1), 0)


def test_mean_vectors_are_weighted_by_shares() -> None:
    doc_topic = np.array([[1.0, 0.0], [0.5, 0.5]], np.float32)
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]], np.float16)
    np.testing.assert_allclose(mean_vectors(doc_topic, vectors), [[2 / 3, 1 / 3], [0, 1]])
