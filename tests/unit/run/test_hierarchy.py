"""Groups of topics: their names, shares and record."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runs import make_run
from theta.models.naming.names import FROM_TEXTS, FROM_WORDS, TopicName
from theta.run import Run
from theta.run import hierarchy as module
from theta.run.hierarchy import Hierarchy, find_hierarchy, level


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Topics of which 0 and 3 are alike, and 1 and 2, and the groups of two are named by phrases.

    The phrase of the second is as frequent in other documents.
    """

    def find_names(*_: object) -> list[TopicName]:
        return [
            TopicName("own phrase", FROM_TEXTS, 30, 100, 1, 100),
            TopicName("common phrase", FROM_TEXTS, 30, 100, 30, 100),
        ]

    monkeypatch.setattr(module, "find_names", find_names)
    topic_word = np.full((4, 8), 0.01)
    topic_word[[0, 3], :3] = 1
    topic_word[[1, 2], 4:] = 1
    topic_word[3, 3] = topic_word[2, 3] = 0.2
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    doc_topic = [[0.5, 0.1, 0.2, 0.2], [0.3, 0.3, 0.3, 0.1], [0.1, 0.2, 0.6, 0.1]]
    named = {k: TopicName(name, FROM_WORDS) for k, name in enumerate(["a", "b", "c", "d"])}
    made = make_run(doc_topic, topic_word, automatic_names=named)
    made.config["options"]["fold_forms"] = False
    made.hierarchy = find_hierarchy(made)
    return made


def test_a_common_phrase_gives_way_to_the_names_of_the_topics(run: Run) -> None:
    first, second, whole = run.hierarchy.groups
    assert {first.topics, second.topics} == {(0, 3), (1, 2)}
    assert (first.name, whole.name) == ("own phrase", "")
    # The largest topic first.
    assert second.name == {(0, 3): "a, d", (1, 2): "c, b"}[second.topics]


def test_groups_add_up(run: Run) -> None:
    shares = {topic.number: topic.share for topic in run.topics}
    for n in (1, 2, 3, 4):
        groups = level(run, n)
        assert len(groups) == n
        assert sum(group.documents for group in groups) == 3
        for group in groups:
            assert group.share == pytest.approx(sum(shares[k] for k in group.topics), abs=1e-12)
    (words,) = [group.words[:4] for group in level(run, 2) if group.topics == (1, 2)]
    assert set(words) == {"w4", "w5", "w6", "w7"}


def test_a_hierarchy_is_read_as_it_was_written(run: Run) -> None:
    assert Hierarchy.from_json(run.hierarchy.to_json(), run.numbers) == run.hierarchy
