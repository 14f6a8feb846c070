"""The charts of a search show the right numbers."""

from __future__ import annotations

import numpy as np
import pytest

from theta.plots import (
    parallel_coordinates,
    pareto_front,
    topic_count_tradeoff,
    tuning_curves,
    tuning_importance,
)


def test_curves_are_means_with_a_band_of_one_deviation() -> None:
    figure = tuning_curves.draw(
        {"num_topics": [10, 10, 20, 20], "early_stopping": [True, False, True, False]},
        {"C_V": [0.4, 0.6, 0.1, 0.3]},
        {"num_topics": 20, "early_stopping": False},
        logarithmic=["num_topics"],
    )
    numbers, words = figure.axes
    line = numbers.lines[1]
    np.testing.assert_allclose(line.get_xdata(), [10, 20])
    np.testing.assert_allclose(line.get_ydata(), [0.5, 0.2])
    band = numbers.collections[0].get_datalim(numbers.transData)
    assert (band.y0, band.y1) == pytest.approx((0.1, 0.6))
    assert numbers.get_xscale() == "log"
    assert [tick.get_text() for tick in numbers.get_xticklabels()] == ["10", "14", "20"]
    assert not numbers.get_xticklabels(minor=True)
    assert numbers.lines[2].get_xdata() == [20.0, 20.0]
    assert [tick.get_text() for tick in words.get_xticklabels()] == ["False", "True"]
    assert words.lines[2].get_xdata() == [0.0, 0.0]


def test_many_values_are_drawn_in_bins() -> None:
    values = np.linspace(0, 1, 40).tolist()
    figure = tuning_curves.draw({"dropout": values}, {"C_V": values}, {"dropout": values[3]})
    line = figure.axes[0].lines[1]
    assert len(line.get_xdata()) == 8
    np.testing.assert_allclose(line.get_xdata(), line.get_ydata())


def test_importance_has_the_largest_bar_on_top() -> None:
    figure = tuning_importance.draw({"C_V": {"a": 0.2, "b": 0.8}, "PPL": {"a": 0.1, "b": 0.9}})
    first, second = figure.axes
    assert [tick.get_text() for tick in first.get_yticklabels()] == ["a", "b"]
    assert [bar.get_width() for bar in first.patches] == [0.2, 0.8]
    assert [bar.get_width() for bar in second.patches] == [0.1, 0.9]


def test_front_points_to_the_better_side() -> None:
    figure = pareto_front.draw(
        {"C_V": [0.5, 0.6, 0.4], "PPL": [900.0, 950.0, 990.0]},
        {"C_V": True, "PPL": False},
        front=[0, 1],
        recommended=1,
    )
    (ax,) = figure.axes
    others, front, recommended = ax.lines
    assert list(others.get_xdata()) == [0.4]
    assert list(front.get_ydata()) == [900.0, 950.0]
    assert list(recommended.get_xdata()) == [0.6]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert ax.get_xlim()[0] < ax.get_xlim()[1]


def test_lines_of_settings_are_scaled_to_the_axes() -> None:
    figure = parallel_coordinates.draw(
        {"rate": [0.001, 0.01, 0.1], "kind": ["a", "b", "a"], "C_V": [0.2, 0.2, 0.2]},
        [0.1, 0.9, 0.5],
        recommended=1,
        logarithmic=["rate"],
    )
    lines = [line.get_ydata() for line in figure.axes[0].lines[:3]]
    np.testing.assert_allclose(lines[-1], [0.5, 1, 0.5])  # the recommended one is drawn last
    np.testing.assert_allclose(lines[0], [0, 0, 0.5])


def test_numbers_of_topics_are_at_the_means_of_their_trainings() -> None:
    figure = topic_count_tradeoff.draw(
        [20, 10, 10], [0.4, 0.5, 0.7], [0.9, 0.8, 0.6], coherence_name="C_V"
    )
    (ax,) = figure.axes
    np.testing.assert_allclose(ax.lines[2].get_xdata(), [0.6, 0.4])
    np.testing.assert_allclose(ax.lines[2].get_ydata(), [0.7, 0.9])
    assert [text.get_text() for text in ax.texts] == ["10", "20"]
