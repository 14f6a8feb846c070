from __future__ import annotations

import pytest

from tests.runs import labelled
from theta.plots import topic_words_bars
from theta.plots.topics import TopicLabel


def bars(ax):
    return [patch.get_width() for patch in ax.patches]


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_bars_are_the_numbers_given_and_panels_run_from_large_to_small():
    words = [[("cat", 0.5), ("dog", 0.25)], [("stock", 0.125), ("bond", 0.0625)]]
    figure = topic_words_bars.draw(labelled(words), [0.25, 0.75])
    large, small = figure.axes
    assert large.get_title(loc="left") == "Topic 1  ·  75.0%"
    assert small.get_title(loc="left") == "Topic 0  ·  25.0%"
    assert bars(large) == [0.125, 0.0625]
    assert bars(small) == [0.5, 0.25]
    assert written(small) == ["cat", "dog"]


@pytest.mark.parametrize("num_topics", [1, 2, 3, 7, 20, 100])
def test_any_number_of_topics_has_one_panel_each_of_one_size(num_topics):
    words = [[(f"word{k}", 1 / (k + 2))] * 10 for k in range(num_topics)]
    figure = topic_words_bars.draw(labelled(words), [1 / num_topics] * num_topics)
    assert len(figure.axes) == num_topics
    width, height = figure.get_size_inches()
    assert width <= 17.5
    assert height <= 25


def test_fewer_words_than_asked_for_and_no_words_at_all():
    figure = topic_words_bars.draw(labelled([[("one", 1.0)], []]), [0.5, 0.5], n_words=10)
    assert [len(ax.patches) for ax in figure.axes] == [1, 0]


def test_labels_in_chinese():
    figure = topic_words_bars.draw(labelled([[("基金", 0.5)]]), [1.0], language="zh")
    assert figure.axes[0].get_title(loc="left") == "主题 0  ·  100.0%"


def test_a_dollar_sign_is_text_and_not_mathematics():
    figure = topic_words_bars.draw(labelled([[("$x_1$", 0.5), ("$\\frac", 0.1)]]), [1.0])
    figure.canvas.draw()
    assert written(figure.axes[0]) == ["$x_1$", "$\\frac"]


def test_a_named_topic_is_headed_by_its_number_and_name_within_its_panel():
    topics = [
        TopicLabel(7, [("orbit", 0.5)], "Space"),
        TopicLabel(9, [("car", 0.5)], "Cars and everything else that people drive"),
    ]
    short, long = topic_words_bars.draw(topics, [0.75, 0.25]).axes
    assert short.get_title(loc="left") == "7 Space  ·  75.0%"
    assert long.get_title(loc="left").startswith("9 Cars")
    assert long.get_title(loc="left").endswith("…  ·  25.0%")
    assert topics[0].heading() == "7 Space"
    assert TopicLabel(3, [("a", 0.5), ("b", 0.2)]).heading(1) == "3 a"
