from __future__ import annotations

import numpy as np
import pytest

from theta.models.topic_words import relevance
from theta.report.documents import cut_texts, shown_rows, typical_rows
from theta.report.topic_map import place_topics
from theta.report.words import N_WORDS, STOPS, candidates, word_shares


def test_the_candidates_hold_the_first_words_of_every_stop():
    random = np.random.default_rng(0)
    beta = random.dirichlet(np.full(400, 0.1), size=4)
    share = word_shares(random.integers(0, 99, size=400))
    found = candidates(beta, share)
    for stop in STOPS:
        best = np.argsort(-relevance(np.log(beta), np.log(share), stop), axis=1)[:, :N_WORDS]
        for topic in range(4):
            assert set(best[topic]) <= set(found[topic])


def test_word_shares_add_one():
    # (3 + 1) / (4 + 2), (1 + 1) / (4 + 2)
    assert word_shares(np.array([3, 1])) == pytest.approx([4 / 6, 2 / 6])


def test_typical_documents_are_the_heaviest_without_repeats_and_blanks():
    doc_topic = np.array([[0.9], [0.8], [0.7], [0.6], [0.5]])
    texts = ["same", "same", " ", "other", "third"]
    assert typical_rows(doc_topic, texts, n=2) == [[0, 3]]


def test_shown_rows_are_those_on_the_map_and_the_typical_ones():
    assert shown_rows(100, np.array([5, 1]), [[7], [1]], seed=0) == [1, 5, 7]
    assert shown_rows(10, None, [], seed=0) == list(range(10))


def test_texts_are_cut_only_where_they_do_not_fit():
    texts, length = cut_texts(["a" * 3000, "b"], max_bytes=5000)
    assert [len(text) for text in texts] == [3000, 1]
    texts, length = cut_texts(["中" * 3000] * 10, max_bytes=10_000)
    assert length == 300
    assert texts[0] == "中" * 300 + "…"
    assert sum(len(text.encode()) for text in texts) <= 10_000


def test_topics_on_a_line_keep_their_distances():
    # Three topics at 0, 0.3 and 0.7 on a line: similarity 1 - distance.
    place = np.array([0.0, 0.3, 0.7])
    points = place_topics(1 - np.abs(place[:, None] - place))
    found = np.linalg.norm(points[:, None] - points, axis=2)
    assert found == pytest.approx(np.abs(place[:, None] - place), abs=1e-6)


def test_one_topic_lies_at_the_origin():
    assert place_topics(np.ones((1, 1))).tolist() == [[0, 0]]
