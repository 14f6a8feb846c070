from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from theta.trends.words import MIN_DOCS, words_by_period

VOCABULARY = ["goal", "radio", "stream", "bank"]
DAYS = [("2001-01-01", "2001-12-31"), ("2002-01-01", "2002-12-31"), ("2003-01-01", "2003-12-31")]


def test_words_are_counted_by_topic_and_period():
    # Topic 0 is about sport: on the radio in the first period, in a stream in the second. The
    # third period has too few documents.
    sport = [[30, 30, 0, 0]] * 20 + [[30, 0, 30, 0]] * 20 + [[30, 0, 30, 0]] * (MIN_DOCS - 1)
    codes = np.repeat([0, 1, 2], [20, 20, MIN_DOCS - 1])
    doc_topic = np.tile([1.0, 0.0], (len(codes), 1))
    beta = np.array([[0.5, 0.25, 0.25, 0.0], [0.0, 0.0, 0.0, 1.0]])
    found = words_by_period(csr_array(np.array(sport)), doc_topic, beta, codes, DAYS, VOCABULARY)
    assert [(one.topic, one.begin, one.documents) for one in found] == [
        (0, "2001-01-01", 20),
        (0, "2002-01-01", 20),
    ]
    first, second = found
    assert first.words[:2] == ["goal", "radio"]
    assert second.words[:2] == ["goal", "stream"]
    assert first.distinctive == ["radio"]
    assert second.distinctive == ["stream"]
    # 1,200 tokens of the period, half of them "goal", and 1,000 of all periods, half of them too.
    assert first.probabilities[0] == pytest.approx(0.5)
    # "radio": 600 of 1,200; overall 600 of 2,940.
    assert first.probabilities[1] == pytest.approx((600 + 1000 * 600 / 2940) / 2200, rel=1e-4)


def test_a_token_is_shared_by_the_topics_that_could_have_written_it():
    # θ = (.5, .5) and "goal" has .6 in topic 0, .2 in topic 1: three quarters belong to topic 0.
    bow = csr_array(np.array([[8, 0, 0, 0]] * 12))
    doc_topic = np.full((12, 2), 0.5)
    beta = np.array([[0.6, 0.4, 0.0, 0.0], [0.2, 0.0, 0.0, 0.8]])
    found = words_by_period(bow, doc_topic, beta, np.zeros(12, int), DAYS[:1], VOCABULARY)
    assert [one.topic for one in found] == [0, 1]
    assert all(one.words[0] == "goal" and one.documents == 12 for one in found)
    # Two tokens per document are 1.5 of topic 0 and half a token of topic 1, which does not count.
    two_tokens = csr_array(np.array([[2, 0, 0, 0]] * 12))
    found = words_by_period(two_tokens, doc_topic, beta, np.zeros(12, int), DAYS[:1], VOCABULARY)
    assert [one.topic for one in found] == [0]


def test_undated_documents_do_not_count():
    bow = csr_array(np.array([[5, 0, 0, 0]] * 30))
    codes = np.array([0] * 15 + [-1] * 15)
    (one,) = words_by_period(
        bow, np.ones((30, 1)), np.array([[1.0, 0, 0, 0]]), codes, DAYS[:1], VOCABULARY
    )
    assert one.documents == 15
