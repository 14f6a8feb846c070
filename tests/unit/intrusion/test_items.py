from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests.runs import make_run
from tests.unit.intrusion.conftest import BLOCK, NUM_TOPICS
from theta.intrusion.items import LEAST_WEIGHT, Item, make_items
from theta.intrusion.kit import share_out
from theta.intrusion.planted import N_PLANTED, planted_items
from theta.intrusion.similar_words import are_forms
from theta.intrusion.texts import UsedTexts, shorten
from theta.options.intrusion import TASKS
from theta.run import Run


def items_of(run: Run, task: str, n: int = 1000) -> list[Item]:
    return make_items(run, task, n, 100, seed=3)[0]


def intruder_of(item: Item) -> str:
    assert item.intruder is not None
    return item.sources[item.intruder]


@pytest.mark.parametrize("task", TASKS)
def test_every_round_has_each_topic_once(run: Run, task: str) -> None:
    topics = [item.topic for item in items_of(run, task)]
    for first in range(0, len(topics) - NUM_TOPICS + 1, NUM_TOPICS):
        assert sorted(topics[first : first + NUM_TOPICS]) == list(range(NUM_TOPICS))


def test_words_of_a_topic_and_an_intruder_of_another(run: Run) -> None:
    items = items_of(run, "words")
    assert len(items) == 2 * NUM_TOPICS
    ranked, column = run.top_words(20), {word: v for v, word in enumerate(run.vocabulary)}
    rounds: Counter[int] = Counter()
    for item in items:
        words = [column[word] for word in item.options]
        intruder = words.pop(item.intruder)
        first = 5 * rounds[item.topic]
        rounds[item.topic] += 1
        assert set(words) == set(ranked[item.topic, first : first + 5].tolist())
        # High in another topic, low in this one, and never shown as a word of its own topic.
        assert intruder in np.delete(ranked, item.topic, axis=0)
        assert intruder not in ranked[:, :10]
        assert run.topic_word[item.topic, intruder] <= np.median(run.topic_word[item.topic])
    intruders = [intruder_of(item) for item in items]
    assert len(set(intruders)) == len(intruders)


def test_intruder_is_about_as_frequent_as_the_words(run: Run) -> None:
    column = {word: v for v, word in enumerate(run.vocabulary)}
    # Ranks 11 to 20 are in 55 to 100 documents; the words shown are in 5 to 50.
    places = [column[intruder_of(item)] % BLOCK for item in items_of(run, "words")]
    assert max(places) <= 12


def test_forms_of_a_word_are_no_intruders() -> None:
    assert are_forms("christian", "Christians")
    assert are_forms("经济", "经济学")
    assert are_forms("economy", "economist")
    assert not are_forms("apple", "hammer")
    assert not are_forms("a", "banana")


def test_documents_of_a_topic_and_one_of_another(run: Run) -> None:
    items = items_of(run, "documents")
    dominant = run.doc_topic.argmax(axis=1)
    shown = [source for item in items for source in item.sources]
    assert len(shown) == len(set(shown)) == 4 * len(items)
    for item in items:
        rows = [int(source[2:]) for source in item.sources]
        intruder = rows.pop(item.intruder)
        assert {dominant[row] for row in rows} == {item.topic}
        assert dominant[intruder] != item.topic
        assert run.doc_topic[intruder, item.topic] <= np.median(run.doc_topic[:, item.topic])
        assert all(len(text) <= 100 for text in item.options)


def test_topics_of_a_document_and_one_that_it_lacks(run: Run) -> None:
    items = items_of(run, "topics", 30)
    for item in items:
        row = int(item.text.split()[1])
        topics = [int(source) for source in item.sources]
        intruder = topics.pop(item.intruder)
        assert run.doc_topic[row].argmax() == item.topic
        assert set(topics) == set(np.argsort(-run.doc_topic[row])[:3].tolist())
        assert run.doc_topic[row, topics].min() >= LEAST_WEIGHT > run.doc_topic[row, intruder]
    assert len({item.text for item in items}) == 30


def test_ratings_show_ten_words_of_each_topic(run: Run) -> None:
    items = items_of(run, "rating")
    assert sorted(item.topic for item in items) == list(range(NUM_TOPICS))
    first = next(item for item in items if item.topic == 0)
    assert first.text.split(", ") == [run.vocabulary[v] for v in run.top_words(10)[0]]
    assert first.intruder is None


def test_items_name_topics_by_number(run: Run) -> None:
    edited = make_run(run.doc_topic, run.topic_word, texts=run.texts)
    edited.prepared = run.prepared
    edited.numbers = (9, 0, 3, 2, 7, 1)
    for item, plain in zip(items_of(edited, "topics"), items_of(run, "topics"), strict=True):
        assert item.topic == edited.numbers[plain.topic]
        assert item.sources == tuple(str(edited.numbers[int(k)]) for k in plain.sources)


@pytest.mark.parametrize("task", TASKS)
def test_the_same_seed_gives_the_same_items(run: Run, task: str) -> None:
    assert items_of(run, task) == items_of(run, task)
    assert items_of(run, task, 7) == items_of(run, task)[:7]


def test_every_place_has_the_intruder(run: Run) -> None:
    places = Counter(item.intruder for item in items_of(run, "topics", 100))
    assert set(places) == {0, 1, 2, 3}


def test_documents_with_one_topic_make_no_topic_items() -> None:
    run = make_run(np.eye(4), np.full((4, 8), 0.125), texts=["a", "b", "c", "d"])
    items, notes = make_items(run, "topics", 5, 100, 0)
    assert items == []
    assert notes == ["topics: no item for 4 topics: 0, 1, 2, 3"]


@pytest.mark.parametrize(
    ("n_items", "coders", "per_coder", "n_shared", "expected_shared", "expected_each"),
    [(100, 3, 20, 10, 10, 20), (40, 3, 20, 10, 10, 20), (30, 3, 20, 10, 15, 20),
     (12, 3, 20, 10, 12, 12), (60, 3, 20, 0, 0, 20), (50, 1, 20, 10, 0, 20)],
)  # fmt: skip
def test_items_are_shared_out(
    n_items: int,
    coders: int,
    per_coder: int,
    n_shared: int,
    expected_shared: int,
    expected_each: int,
) -> None:
    parts = share_out(n_items, coders, per_coder, n_shared)
    counts = Counter(i for part in parts for i in part)
    assert [len(set(part)) for part in parts] == [expected_each] * coders
    assert max(counts) < n_items
    if coders > 1:
        assert sum(n == coders for n in counts.values()) == expected_shared
        assert set(counts.values()) <= {1, coders}


def test_reposts_count_as_one_text() -> None:
    used = UsedTexts(["a " * 100, "a  " * 100 + "b", "c", "", "d"])
    assert used.free([0, 1, 2, 3, 4]) == [0, 2, 4]
    used.add([1])
    assert used.free([0, 1, 2, 3, 4]) == [2, 4]


def test_texts_are_cut_between_words() -> None:
    assert shorten("one\n two  three", 100) == "one two three"
    assert shorten("one two three four", 16) == "one two three…"
    assert shorten("一" * 50, 10) == "一" * 9 + "…"
    assert shorten("a\x00b", 10) == "a b"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_planted_intruders_are_of_another_kind_in_every_place(language: str) -> None:
    items = planted_items(language, 0)
    assert len(items) == N_PLANTED
    assert Counter(item.intruder for item in items) == dict.fromkeys(range(6), N_PLANTED // 6)
    for item in items:
        assert len(set(item.options)) == 6
