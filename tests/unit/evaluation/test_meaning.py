"""Embedding coherence and expected rating: by hand, at the edges, and with the shipped table."""

import dataclasses
import math

import numpy as np
import pytest

from theta.contracts import Metric, Tokens
from theta.evaluation import meaning
from theta.evaluation.inputs import NO_WORD, EvaluationInputs
from theta.evaluation.meaning import RatingModel, TopicWords, describe_words, expected_rating
from theta.evaluation.word_vectors import WordVectors
from theta.run.word_vectors import english_word_vectors, word_vectors_of

WORDS = ("ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "qr", "st")


def table_of(vectors):
    return WordVectors("by hand", {word: v for v, word in enumerate(WORDS)}, np.float32(vectors))


def test_coherence_by_hand():
    # Five words along x and five along y: of 45 pairs, 2 · 10 have cosine 1, the others 0.
    table = table_of([[1, 0]] * 5 + [[0, 1]] * 5)
    described = describe_words(np.arange(10)[None], WORDS, table)
    assert described.coherence == pytest.approx(20 / 45)
    assert described.log_rank == pytest.approx(np.mean([math.log(10 + rank) for rank in range(10)]))


def test_first_words_weigh_more():
    # Cosines: 1 for the first two words, 0 for the seven others with either and one another.
    vectors = np.eye(9)[[0, 0, 1, 2, 3, 4, 5, 6, 7, 8]]
    weights = [0.8**place for place in range(10)]
    pairs = [(a, b) for a in range(10) for b in range(a)]
    expected = weights[0] * weights[1] / sum(weights[a] * weights[b] for a, b in pairs)
    described = describe_words(np.arange(10)[None], WORDS, table_of(vectors))
    assert described.early_coherence == pytest.approx(expected)
    assert described.coherence == pytest.approx(1 / 45)


def test_unknown_words_are_left_out_down_to_eight():
    table = table_of([[1, 0]] * 10)
    vocabulary = [*WORDS, "xxx", "yyy", "zzz"]
    topics = np.array([[0, 1, 2, 3, 4, 5, 6, 7, 10, 11], [0, 1, 2, 3, 4, 5, 6, 10, 11, 12]])
    coherence, _, log_rank = describe_words(topics, vocabulary, table)
    assert coherence[0] == pytest.approx(1)
    assert np.isnan(coherence[1])
    assert np.isnan(log_rank[1])
    short = np.full((1, 10), NO_WORD)
    short[0, :8] = range(8)
    assert describe_words(short, vocabulary, table).coherence == pytest.approx(1)


def test_a_phrase_is_the_mean_of_its_parts():
    table = table_of([[1, 0], [0, 1]] + [[1, 0]] * 8)
    vectors, log_ranks = table.look_up(["ab_cd", "AB-CD", "ab_xxx", "ab_xxx_yyy", "xxx"])
    assert vectors[:2] == pytest.approx(np.full((2, 2), math.sqrt(0.5)))
    assert vectors[2] == pytest.approx([1, 0])  # half of the parts are known
    assert np.isnan(log_ranks[3:]).all()
    assert log_ranks[0] == pytest.approx((math.log(10) + math.log(11)) / 2)


def test_expected_rating_by_hand():
    model = RatingModel(1.0, 2.0, 3.0, -0.5, -0.25)
    # z = 1 + 2 · .5 + 3 · .4 − .5 · 6 − .25 · .4 · 6 = −.4
    words = TopicWords(np.zeros(2), np.array([0.5, np.nan]), np.full(2, 6.0))
    rating = expected_rating(words, np.array([0.4, 0.4]), model)
    assert rating[0] == pytest.approx(1 + 2 / (1 + math.exp(0.4)))
    assert np.isnan(rating[1])


def c_v_of(*values):
    return [Metric("C_V", 0.5, "as counted", values)]


def evidence_of(topics, languages=("en",)):
    vocabulary = sorted({word for words in topics for word in words})
    top_words = np.array([[vocabulary.index(word) for word in words] for words in topics])
    n_topics, n_words = len(topics), len(vocabulary)
    return EvaluationInputs(
        top_words=top_words,
        topic_word=np.full((n_topics, n_words), 1 / n_words),
        doc_topic=np.full((2, n_topics), 1 / n_topics),
        reference=Tokens(np.array([0, n_words]), np.arange(n_words, dtype=np.int32)),
        vocabulary=vocabulary,
        word_vectors=word_vectors_of(languages),
        languages=languages,
    )


FOOD = ["bread", "butter", "cheese", "milk", "flour", "sugar", "dough", "bake", "oven", "pastry"]
SHIPS = ["ship", "sailor", "captain", "harbour", "crew", "navy", "vessel", "sail", "deck", "fleet"]
MIXED = [*FOOD[:5], *SHIPS[:5]]
NAMES = [f"xqz{letter}" for letter in "abcdefghij"]


def test_the_shipped_table_tells_topics_from_mixtures():
    evidence = evidence_of([FOOD, SHIPS, MIXED, NAMES])
    coherence, rating = meaning.measure(evidence, c_v_of(0.7, 0.7, 0.7, 0.7))
    food, ships, mixed, names = coherence.per_topic
    assert min(food, ships) > mixed + 0.1
    assert names is None
    assert coherence.value == pytest.approx((food + ships + mixed) / 3)
    assert "1 of 4 topics left out: each has fewer than 8 top words" in coherence.definition
    assert 1 < rating.per_topic[2] < min(rating.per_topic[:2]) < 3
    assert rating.interval[0] <= rating.value <= rating.interval[1]


def test_another_language_has_no_value_but_a_reason():
    for metric in meaning.measure(evidence_of([FOOD], ("zh", "ja")), c_v_of(0.7)):
        assert metric.value is None
        assert metric.reason.endswith("English (en) only, the texts are in: zh, ja")


def test_english_beside_another_language_counts():
    assert word_vectors_of(["zh", "en"]) is english_word_vectors()


def test_without_c_v_there_is_coherence_but_no_rating():
    coherence, rating = meaning.measure(evidence_of([FOOD]), c_v_of(None))
    assert coherence.value > 0
    assert rating.reason == "every topic has fewer than 8 top words with a vector, or no C_V"


def test_a_vocabulary_of_another_length_is_refused():
    with pytest.raises(ValueError, match="vocabulary and topic_word differ in words"):
        dataclasses.replace(evidence_of([FOOD]), vocabulary=("bread",))
