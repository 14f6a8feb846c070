from __future__ import annotations

import pytest

from theta.plots import topic_words_bars


def bars(ax):
    return [patch.get_width() for patch in ax.patches]


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_bars_are_the_numbers_given_and_panels_run_from_large_to_small():
    words = [[("cat", 0.5), ("dog", 0.25)], [("stock", 0.125), ("bond", 0.0625)]]
    figure = topic_words_bars.draw(words, [0.25, 0.75])
    large, small = figure.axes
    assert large.get_title(loc="left") == "Topic 1  ·  75.0%"
    assert small.get_title(loc="left") == "Topic 0  ·  25.0%"
    assert bars(large) == [0.125, 0.0625]
    assert bars(small) == [0.5, 0.25]
    assert written(small) == ["cat", "dog"]


@pytest.mark.parametrize("num_topics", [1, 2, 3, 7, 20, 100])
def test_any_number_of_topics_has_one_panel_each_of_one_size(num_topics):
    words = [[(f"word{k}", 1 / (k + 2))] * 10 for k in range(num_topics)]
    figure = topic_words_bars.draw(words, [1 / num_topics] * num_topics)
    assert len(figure.axes) == num_topics
    width, height = figure.get_size_inches()
    assert width <= 17.5
    assert height <= 25


def test_fewer_words_than_asked_for_and_no_words_at_all():
    figure = topic_words_bars.draw([[("one", 1.0)], []], [0.5, 0.5], n_words=10)
    assert [len(ax.patches) for ax in figure.axes] == [1, 0]


def test_labels_in_chinese():
    figure = topic_words_bars.draw([[("基金", 0.5)]], [1.0], language="zh")
    assert figure.axes[0].get_title(loc="left") == "主题 0  ·  100.0%"


def test_a_dollar_sign_is_text_and_not_mathematics():
    figure = topic_words_bars.draw([[("$x_1$", 0.5), ("$\\frac", 0.1)]], [1.0])
    figure.canvas.draw()
    assert written(figure.axes[0]) == ["$x_1$", "$\\frac"]
