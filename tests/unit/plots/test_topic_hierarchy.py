"""The dendrogram of the topics: rows, joints and names."""

from __future__ import annotations

import pytest

from theta.plots.topic_hierarchy import draw, places
from theta.plots.topics import TopicLabel

MERGES = [(0, 2, 0.2), (1, 3, 1.0)]
ORDER = [1, 0, 2]


def test_a_merge_is_between_its_children_at_its_height() -> None:
    assert places(MERGES, ORDER) == [(0, 1), (0, 0), (0, 2), (0.2, 1.5), (1.0, 0.75)]


def test_topics_and_groups_are_named() -> None:
    topics = [TopicLabel(number, [("word", 0.5)], name) for number, name in enumerate("abc")]
    (ax,) = draw(MERGES, ["ab and c", ""], topics, ORDER).axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["1 b", "0 a", "2 c"]
    (name,) = [text.get_text() for text in ax.texts]
    assert name == "ab and c"
    verticals = [line.get_xydata() for line in ax.lines if line.get_xdata()[0] == pytest.approx(1)]
    assert verticals[0][:, 1].tolist() == [0, 1.5]


def test_long_names_are_cut_to_their_lines() -> None:
    topics = [TopicLabel(number, [("word", 0.5)], "x" * 80) for number in range(3)]
    figure = draw(MERGES, ["y" * 200, ""], topics, ORDER)
    (ax,) = figure.axes
    assert all(text.get_text().endswith("…") for text in [*ax.texts, *ax.get_yticklabels()])
    assert figure.get_size_inches()[0] < 9
