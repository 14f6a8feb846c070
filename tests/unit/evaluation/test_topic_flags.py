from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from theta.evaluation.topic_flags import TopicEvidence, TopicFlag, author_of, flag_topics

GOOD = TopicEvidence(
    documents=50,
    share=0.1,
    repeated_words=np.full(10, 0.2),
    repeated_text=0.1,
    in_one_document=np.full(10, 0.1),
    that_document="d1",
    n_lines=60,
    letters=0.75,
    symbols=0.04,
    stop_words=0.45,
    line="The shuttle went into orbit",
    n_texts=1,
    n_sampled=50,
)


def flagged(**changes: Any) -> list[TopicFlag]:
    """Return the flags of four good topics and one with changes, number 7."""
    topics = [*[GOOD] * 4, replace(GOOD, **changes)]
    return flag_topics(topics, [], [0, 1, 2, 3, 7])


def test_good_topics_are_left_in_peace() -> None:
    assert flagged() == []
    assert flagged(documents=0, share=0.2) == []  # a background topic
    assert flagged(repeated_words=np.array([1.0] * 6 + [0.0] * 4)) == []
    assert flagged(symbols=0.1, stop_words=0.2) == []  # program code
    assert flagged(documents=1, in_one_document=np.ones(10)) == []


@pytest.mark.parametrize(
    ("changes", "name", "part"),
    [
        ({"documents": 0, "share": 0.002}, "empty", "its share of the corpus is 0.2%"),
        ({"symbols": 0.47, "repeated_words": np.ones(10)}, "encoded_files", "47% of the"),
        ({"language": "Finnish", "stop_words": 0.01}, "other_language", "language: Finnish"),
        ({"in_one_document": np.array([0.6] * 7 + [0.1] * 3)}, "one_document", "7 of its 10"),
        ({"stop_words": 0.05}, "list", "5% of the words on the lines of its top words"),
        (
            {"author": ("cov_author", "jim", 0.85, 0.02)},
            "one_author",
            "85% of its weight is in documents with cov_author = jim, which are 2.0% of",
        ),
    ],
)
def test_each_sign_is_flagged_with_its_evidence(
    changes: dict[str, Any], name: str, part: str
) -> None:
    (flag,) = flagged(**changes)
    assert (flag.name, flag.topics, flag.step) == (name, (7,), "- drop: 7")
    assert part in flag.message
    assert flag.flags == ""


def test_repeated_text_is_a_signature_or_copies() -> None:
    words = np.array([0.9] * 7 + [0.1] * 3)
    (signature,) = flagged(repeated_words=words, n_texts=30, line="It is shameful to surrender")
    assert signature.message == (
        "topic 7 is made of repeated text: 7 of its 10 top words occur mostly in passages that "
        'several documents share ("It is shameful to surrender" in 30 of 50 documents)'
    )
    assert signature.flags == "--drop_boilerplate"
    (copies,) = flagged(repeated_words=words, repeated_text=0.6)
    assert copies.flags == "--drop_near_duplicates 0.9"
    assert copies.message.endswith("several documents share")  # no line is in three of them


def test_texts_without_stop_words_have_no_lists() -> None:
    none = replace(GOOD, stop_words=0.0)
    assert flag_topics([none, none, replace(none, stop_words=0.1)], [], [0, 1, 2]) == []


def test_topics_that_are_one_are_merged_unless_one_is_flagged_already() -> None:
    (flag,) = flag_topics([GOOD] * 3, [(0, 2)], [0, 1, 2])
    assert (flag.name, flag.topics, flag.step) == ("doubled", (0, 2), "- merge: [0, 2]")
    empty = replace(GOOD, documents=0, share=0.001)
    (only,) = flag_topics([GOOD, GOOD, empty], [(0, 2)], [0, 1, 2])
    assert only.name == "empty"


def test_a_flag_is_the_same_when_it_is_read_again() -> None:
    (flag,) = flagged(language="Finnish")
    assert TopicFlag.of_record(flag.record()) == flag


def test_an_author_is_a_rare_value_of_many() -> None:
    weights = np.array([0.9] * 5 + [0.01] * 95)
    names = np.array(["jim"] * 5 + [f"a{i % 19}" for i in range(95)])
    author = author_of(weights, {"cov_author": names, "cov_year": np.arange(100.0)})
    assert author == ("cov_author", "jim", pytest.approx(4.5 / 5.45), 0.05)
    # Two parties are not authors, and a value of half of the documents is not one author.
    assert author_of(weights, {"cov_party": np.array(["left", "right"] * 50)}) is None
    half = np.where(np.arange(100) < 50, "jim", names)
    assert author_of(weights, {"cov_author": half}) is None
    assert author_of(weights, {}) is None
