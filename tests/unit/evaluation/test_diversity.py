"""TD, iRBO and rank-biased overlap by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.contracts import Tokens
from theta.evaluation import diversity
from theta.evaluation.diversity import inverted_rank_biased_overlap, topic_diversity
from theta.evaluation.inputs import NO_WORD, EvaluationInputs
from theta.evaluation.rank_biased_overlap import rank_biased_overlap


def evidence_of(top_words, n_words=100):
    top_words = np.array(top_words)
    k = len(top_words)
    return EvaluationInputs(
        top_words=top_words,
        topic_word=np.full((k, n_words), 1 / n_words),
        doc_topic=np.full((1, k), 1 / k),
        reference=Tokens(np.array([0]), np.array([], dtype=np.int32)),
    )


def test_topic_diversity_by_hand():
    # Five different words among six: 5/6. Word 2 is in two topics: (1 + 1 + 1/2) / 3 each.
    per_topic = topic_diversity(np.array([[0, 1, 2], [2, 3, 4]]))
    np.testing.assert_allclose(per_topic, [2.5 / 3, 2.5 / 3])
    assert per_topic.mean() == pytest.approx(5 / 6)


def test_topic_diversity_at_the_edges():
    assert topic_diversity(np.array([[3, 1]])).mean() == 1  # a single topic
    np.testing.assert_allclose(topic_diversity(np.array([[0, 1], [1, 0]])), 0.5)  # the same topic
    np.testing.assert_allclose(topic_diversity(np.array([[0, 1], [1, NO_WORD]])), [0.75, 0.5])
    assert np.isnan(topic_diversity(np.array([[NO_WORD, NO_WORD]]))).all()


@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 1000))
def test_topic_diversity_is_different_words_over_all(num_topics, n_top, seed):
    rng = np.random.default_rng(seed)
    topics = np.array([rng.permutation(12)[:n_top] for _ in range(num_topics)])
    expected = len(np.unique(topics)) / topics.size
    assert topic_diversity(topics).mean() == pytest.approx(expected)


def test_td_is_over_25_words_and_td10_over_ten():
    # Two topics that share their words 11 to 25 only: TD (25 + 10) / 50, TD@10 1.
    first, second = list(range(30)), [*range(40, 50), *range(10, 25), *range(60, 65)]
    td, td10, _ = diversity.measure(evidence_of([first, second]))
    assert (td.name, td10.name) == ("TD", "TD@10")
    assert td.value == pytest.approx(35 / 50)
    assert td10.value == 1


def test_a_small_vocabulary_is_named_in_the_definition():
    # V = 3: each of two topics lists all three words, 3 different of 6.
    td, _, irbo = diversity.measure(evidence_of([[0, 1, 2], [2, 1, 0]], n_words=3))
    assert td.value == pytest.approx(0.5)
    assert "top 3" in td.definition
    assert "top 3" in irbo.definition


def test_rank_biased_overlap_by_hand():
    # Lists 0 1 and 1 2, p = .9: X_1 = 0, X_2 = 1 (the word 1).
    # X_2/2 · p² + (1 − p)/p · (0/1 · p + 1/2 · p²) = .5 · .81 + (1/9) · .405 = .45
    found = rank_biased_overlap(np.array([[0, 1]]), np.array([[1, 2]]), 0.9)
    np.testing.assert_allclose(found, [[0.45]])


def loop_over_depths(a, b, p):
    """Equation 23 of Webber et al. (2010), as it stands."""
    k = len(a)
    overlap = [len(set(a[:d]) & set(b[:d])) for d in range(1, k + 1)]
    series = sum(x / d * p**d for d, x in enumerate(overlap, 1))
    return overlap[-1] / k * p**k + (1 - p) / p * series


@given(st.integers(1, 10), st.sampled_from([0.5, 0.9, 0.98]), st.integers(0, 1000))
def test_rank_biased_overlap_against_a_loop(depth, p, seed):
    rng = np.random.default_rng(seed)
    a, b = (np.array([rng.permutation(14)[:depth] for _ in range(3)]) for _ in range(2))
    expected = [[loop_over_depths(x.tolist(), y.tolist(), p) for y in b] for x in a]
    np.testing.assert_allclose(rank_biased_overlap(a, b, p), expected)


def test_rank_biased_overlap_of_equal_and_of_disjoint_lists():
    lists = np.arange(20).reshape(2, 10)
    np.testing.assert_allclose(rank_biased_overlap(lists, lists, 0.9), np.eye(2), atol=1e-12)


def test_no_word_matches_nothing():
    a = np.array([[0, NO_WORD], [NO_WORD, NO_WORD]])
    assert rank_biased_overlap(a, a, 0.9)[1, 1] == 0
    assert 0 < rank_biased_overlap(a, a, 0.9)[0, 0] < 1


def test_inverted_rank_biased_overlap_by_hand():
    # Overlaps .45 (as above) for topics 0, 1 and 0 for the other pairs: 1 − .45 / 3 = .85.
    topics = np.array([[0, 1], [1, 2], [3, 4]])
    per_topic = inverted_rank_biased_overlap(topics, 0.9)
    np.testing.assert_allclose(per_topic, [1 - 0.45 / 2, 1 - 0.45 / 2, 1])
    assert per_topic.mean() == pytest.approx(0.85)


def test_a_single_topic_has_no_irbo():
    _, _, irbo = diversity.measure(evidence_of([[0, 1]]))
    assert irbo.value is None
    assert irbo.reason == "every topic has no words or no other topic to compare with"


def test_a_topic_without_words_is_not_the_most_diverse():
    topics = np.array([[0, 1], [1, 2], [NO_WORD, NO_WORD]])
    np.testing.assert_allclose(inverted_rank_biased_overlap(topics, 0.9), [0.55, 0.55, np.nan])
