"""How topics have moved since an earlier run, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runs import make_run
from theta.contracts import TopicModelOutput
from theta.models.earlier_topics import EarlierTopics
from theta.run.moves import moves_table, topic_moves

WORDS = ["a", "b", "c", "gone"]
BETA = [[0.5, 0.3, 0.0, 0.2], [0.0, 0.1, 0.9, 0.0]]


def moved(topic_word: list[list[float]], doc_topic: list[list[float]]) -> dict:
    """Return the moves of topics 4 and 7 of a run, and of further ones, from 8 on."""
    run = make_run(
        [[0.5, 0.5], [0.7, 0.3]], BETA, vocabulary=WORDS, facts={"topic_numbers": [4, 7]}
    )
    # The new vocabulary is a, b, c and new.
    known = np.array([True, True, True, False])
    earlier = EarlierTopics(
        numbers=tuple([4, 7, 8][: len(topic_word)]),
        topic_word=np.array(BETA, np.float32) * known,
        known=known,
        centers=np.zeros((2, 2), np.float32),
        names={},
        sources={},
        descriptions=None,
        fingerprint="print",
    )
    output = TopicModelOutput(np.array(doc_topic, np.float32), np.array(topic_word, np.float32))
    return topic_moves(run, earlier, output, ["a", "b", "c", "new"])


def test_a_topic_with_the_same_words_in_proportion_has_not_moved() -> None:
    # Without "gone" and "new" topic 4 has 5 to 3 before and now.
    moves = moved([[0.25, 0.15, 0.0, 0.6], [0.0, 0.1, 0.9, 0.0]], [[0.2, 0.8], [0.4, 0.6]])
    four, seven = moves["topics"]
    assert (four["topic"], four["nearest"]) == (4, 4)
    assert four["distance"] == seven["distance"] == pytest.approx(0, abs=1e-6)
    assert (four["share_before"], four["share"]) == (pytest.approx(0.6), pytest.approx(0.3))
    assert (four["left"], four["came"]) == (["gone"], ["new"])


def test_topics_that_have_changed_places_are_named() -> None:
    moves = moved(
        [[0.0, 0.1, 0.9, 0.0], [0.625, 0.375, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
        [[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]],
    )
    assert [record.get("nearest") for record in moves["topics"]] == [7, 4, None]
    # By hand: p = (5/8, 3/8, 0), q = (0, .1, .9); the entropy of their mean less theirs, in bits.
    p, q = np.array([0.625, 0.375, 0]), np.array([0, 0.1, 0.9])
    entropies = [-sum(x * np.log2(x) for x in row if x > 0) for row in ((p + q) / 2, p, q)]
    by_hand = entropies[0] - (entropies[1] + entropies[2]) / 2
    assert moves["topics"][0]["distance"] == pytest.approx(by_hand, abs=1e-6)
    table = moves_table(moves, {4: "Four", 7: "", 8: ""})
    assert [row[:2] for row in table.rows] == [(4, "Four"), (7, ""), (8, "")]
    assert table.rows[2][2:4] == (None, None)
    text = "\n".join(table.sentences)
    assert "topic 4 Four now has the words of topic 7" in text
    assert "topic 8 is new: share 50.0%" in text
    # A later edit may have removed topics.
    assert [row[0] for row in moves_table(moves, {7: "", 8: ""}).rows] == [7, 8]
