"""Each chart draws the numbers that it was given, and no others."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.dates import date2num

from tests.runs import labelled
from theta.contracts import Labels, Metric
from theta.errors import InvalidOption
from theta.plots import (
    compare,
    document_map,
    metrics,
    topic_network,
    topic_similarity,
    topic_wordclouds,
    topics_by_group,
    topics_over_time,
    training_curves,
)
from theta.plots.groups import DocumentGroups
from theta.plots.map import DocumentMap
from theta.plots.means import means_by_group
from theta.plots.topics_over_time import SharesOverTime

TOPICS = labelled([[(f"w{k}{i}", 0.3 / (i + 1)) for i in range(12)] for k in range(3)])


def test_similarities_without_a_range_are_on_the_whole_scale():
    ax = topic_similarity.draw(np.eye(3), TOPICS[:3], name="likeness").axes[0]
    assert ax.images[0].get_clim() == (0, 1)


def test_similarity_shows_the_matrix_in_its_order_without_the_diagonal():
    similarity = np.array([[1, 0.1, 0.8], [0.1, 1, 0.2], [0.8, 0.2, 1]])
    ax = topic_similarity.draw(similarity, TOPICS, name="likeness").axes[0]
    order = [int(label.get_text()) for label in ax.get_xticklabels()]
    shown = ax.images[0].get_array()
    expected = similarity[np.ix_(order, order)]
    for i in range(3):
        for j in range(3):
            if i == j:
                assert np.ma.is_masked(shown[i, j]) or np.isnan(shown[i, j])
            else:
                assert shown[i, j] == expected[i, j]
    assert ax.get_yticklabels()[0].get_text().startswith(str(order[0]))


def test_the_map_has_a_point_per_document_shown_and_says_how_many_there_are():
    points = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    doc_topic = np.random.default_rng(1).dirichlet(np.ones(3), size=90)
    found = DocumentMap(points, np.arange(0, 40, 2), 90, "t-SNE")
    ax = document_map.draw(found, doc_topic, TOPICS).axes[0]
    assert np.array_equal(ax.collections[0].get_offsets(), points)
    assert ax.figure.texts[0].get_text().startswith("20 of 90 documents, drawn at random (t-SNE)")


def test_a_name_on_the_map_stands_at_a_document_of_its_topic():
    points = np.array([[0, 0], [1, 0], [10, 0], [11, 0], [10.4, 0]], dtype=np.float32)
    places = document_map.topic_positions(points, np.array([0, 0, 1, 1, 1]), 3)
    assert places[1].tolist() == [pytest.approx(10.4), 0]
    assert np.isnan(places[2]).all()


def test_topics_of_one_colour_lie_far_apart():
    places = np.column_stack([np.arange(30.0), np.zeros(30)])
    colours = document_map.spread_colours(places)
    for i in range(30):
        for j in range(i):
            assert colours[i] != colours[j] or i - j >= 4


def test_words_of_a_cloud_do_not_overlap():
    words = [[("alpha", 0.16), ("beta", 0.04), ("gamma", 0.04), ("delta", 0.01)]]
    figure = topic_wordclouds.draw(labelled(words), [1.0])
    paths = figure.axes[0].collections[0].get_paths()
    boxes = [path.get_extents() for path in paths]
    assert len(boxes) == 4
    for i in range(4):
        assert min(boxes[i].x0, boxes[i].y0) >= 0
        assert boxes[i].x1 <= 180
        assert boxes[i].y1 <= 120
        for j in range(i):
            assert not boxes[i].overlaps(boxes[j])


def test_the_earlier_in_the_ranking_the_larger_whatever_the_probability():
    figure = topic_wordclouds.draw(
        labelled([[("same", 0.1), ("same ", 0.4), ("same  ", 0.2)]]), [1.0]
    )
    paths = figure.axes[0].collections[0].get_paths()
    first, second, last = (path.get_extents().height for path in paths)
    assert second / first == pytest.approx(0.7, rel=1e-3)
    assert last / first == pytest.approx(0.4, rel=1e-3)


def test_a_cloud_of_very_many_long_words_still_fits():
    words = [[("w" * 30 + str(i), 0.01) for i in range(25)]]
    figure = topic_wordclouds.draw(labelled(words), [1.0])
    assert len(figure.axes[0].collections[0].get_paths()) == 25


def test_of_topics_that_are_equally_good_none_is_named():
    shown = [Metric("TD", 0.9, "top 25", [1.0, 0.8, 1.0], (0.8, 1.0))]
    texts = [text.get_text() for text in metrics.draw(shown, TOPICS).axes[0].texts]
    assert texts == ["1 w10, w11", "2 topics"]


def test_metrics_show_their_values_per_topic_and_the_reason_where_there_is_none():
    shown = [
        Metric("NPMI", 0.2, "top 10", [0.3, None, 0.1], (0.1, 0.3)),
        Metric("PPL", None, "held-out", reason="no document was held out"),
    ]
    figure = metrics.draw(shown, TOPICS)
    (first,) = figure.axes
    assert first.get_title(loc="left") == "NPMI  0.2  [0.1, 0.3]"
    dots = next(line for line in first.lines if line.get_marker() == "o")
    assert list(dots.get_xdata()) == [0.1, 0.3]
    names = [text.get_text() for text in first.texts]
    assert names == ["2 w20, w21", "0 w00, w01"]
    written = [text.get_text() for text in figure.texts]
    assert written[-2:] == ["PPL  –", "no document was held out"]


def test_definitions_are_chinese_on_a_chinese_figure():
    shown = [Metric("PPL", None, "held-out", reason="there are no test documents")]
    assert metrics.draw(shown, TOPICS, language="zh").texts[-1].get_text() == "没有测试文档"


def test_curves_are_the_history_and_the_best_epoch_is_marked():
    history = [
        {"epoch": 1, "seconds": 2.0, "kl_weight": 0.5, "validation_elbo": -9.0, "note": "text"},
        {"epoch": 2, "seconds": 2.0, "kl_weight": 1.0, "validation_elbo": -7.0},
        {"epoch": 3, "seconds": 2.0, "kl_weight": 1.0, "validation_elbo": float("nan")},
    ]
    figure = training_curves.draw(history, best_epoch=2)
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Validation ELBO", "KL weight"]
    curve, best, mark = figure.axes[0].lines
    assert list(curve.get_xdata()) == [1, 2]
    assert list(curve.get_ydata()) == [-9.0, -7.0]
    assert list(best.get_xdata()) == [2, 2]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([2], [-7.0])


def over_time(n_periods: int) -> SharesOverTime:
    random = np.random.default_rng(0)
    mean = random.dirichlet(np.ones(3), size=n_periods)
    mean[2] = np.nan  # too few documents
    curve = np.tile([0.3, 0.4, 0.3], (n_periods, 1))
    starts = np.datetime64("2001", "Y") + np.arange(n_periods)
    return SharesOverTime(
        "year", starts.astype("datetime64[D]"), np.arange(n_periods) * 3, mean, mean - 0.05,
        mean + 0.05, curve, curve - 0.02, curve + 0.02, [(1, np.datetime64("2005-01-01"))],
    )  # fmt: skip


def test_time_shows_means_with_intervals_a_curve_with_its_band_and_changes():
    over = over_time(8)
    figure = topics_over_time.draw(over, TOPICS, [0.2, 0.5, 0.3])
    largest = figure.axes[0]
    assert largest.get_title(loc="left").startswith("1 ")
    curve, dots, change = largest.lines
    np.testing.assert_allclose(curve.get_ydata(), 0.4)
    known = np.isfinite(over.mean[:, 1])
    np.testing.assert_allclose(dots.get_ydata(), over.mean[known, 1])
    assert list(change.get_xdata()) == [date2num(np.datetime64("2005-01-01"))] * 2
    band, bars = largest.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (pytest.approx(0.38), pytest.approx(0.42))
    ends = np.array([segment[:, 1] for segment in bars.get_segments()])
    np.testing.assert_allclose(ends, np.c_[over.low[known, 1], over.high[known, 1]])
    assert len(figure.axes[1].lines) == 2  # topic 2 has no change
    assert list(figure.axes[3].lines[0].get_ydata()) == over.counts.tolist()


def test_dots_at_the_ends_and_on_the_axis_are_whole():
    ax = topics_over_time.draw(over_time(8), TOPICS, [0.2, 0.5, 0.3]).axes[0]
    dots = ax.lines[1]
    assert not dots.get_clip_on()
    ax.figure.canvas.draw()
    places = ax.transData.transform(np.c_[date2num(dots.get_xdata()), dots.get_ydata()])
    radius = dots.get_markersize() / 72 * ax.figure.dpi / 2
    assert places[:, 0].min() - radius >= ax.bbox.x0
    assert places[:, 0].max() + radius <= ax.bbox.x1


def test_the_network_joins_the_topics_that_correlate():
    edges = [topic_network.Edge(0, 1, 0.4), topic_network.Edge(1, 2, -0.2)]
    ax = topic_network.draw(edges, TOPICS, [0.2, 0.5, 0.3], [2, 0, 1]).axes[0]
    weak, strong = ax.lines  # the strongest is drawn last, on top
    assert (strong.get_linestyle(), weak.get_linestyle()) == ("-", "--")
    assert strong.get_linewidth() == pytest.approx(3.5)
    assert weak.get_linewidth() == pytest.approx(2.0)
    names = [text.get_text() for text in ax.texts]
    assert [name.split()[0] for name in names] == ["2", "0", "1"]
    many = [topic_network.Edge(0, 1, 0.01 * i) for i in range(20)]
    assert len(topic_network.strongest(many, 3)) == 9


def groups(column: str, labels: Labels, doc_topic: np.ndarray) -> DocumentGroups:
    return DocumentGroups(column, labels, means_by_group(doc_topic, labels))


def test_groups_show_means_and_sizes():
    labels = Labels(np.array([0] * 6 + [1] * 8 + [-1], dtype=np.int32), ("left", "right"))
    doc_topic = np.array([[0.7, 0.2, 0.1]] * 6 + [[0.1, 0.1, 0.8]] * 8 + [[1.0, 0, 0]])
    ax = topics_by_group.draw([groups("side", labels, doc_topic)], TOPICS).axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["left (6)", "right (8)"]
    topics = [int(label.get_text().split()[0]) for label in ax.get_yticklabels()]
    expected = np.array([[0.7, 0.1], [0.2, 0.1], [0.1, 0.8]])[topics]
    np.testing.assert_allclose(ax.images[0].get_array(), expected)


def test_equal_shares_have_equal_colours_in_all_columns():
    labels = Labels(np.array([0] * 6 + [1] * 6, dtype=np.int32), ("left", "right"))
    shares = np.array([[0.9, 0.1, 0.0]] * 6 + [[0.2, 0.4, 0.4]] * 6)
    mixed = Labels(np.array([0, 1] * 6, dtype=np.int32), ("even", "odd"))
    columns = [groups("side", labels, shares), groups("parity", mixed, shares)]
    images = [ax.images[0] for ax in topics_by_group.draw(columns, TOPICS).axes if ax.images]
    assert [image.get_clim() for image in images] == [(0, 0.9), (0, 0.9)]


def test_many_groups_are_cut_to_the_largest_and_the_title_says_so():
    codes = np.repeat(np.arange(50), np.arange(50) + 5).astype(np.int32)
    labels = Labels(codes, tuple(f"g{i:02}" for i in range(50)))
    doc_topic = np.full((len(codes), 3), 1 / 3)
    figure = topics_by_group.draw([groups("side", labels, doc_topic)], TOPICS)
    ax = figure.axes[0]
    assert len(ax.get_xticklabels()) == topics_by_group.MAX_GROUPS
    assert ax.get_xticklabels()[0].get_text() == "g10 (15)"
    assert "side (+10)" in [text.get_text() for text in figure.texts]


def test_compare_shows_each_run_and_marks_the_best():
    figure = compare.draw(
        ["K=10", "K=20"], {"NPMI": [0.1, 0.2], "PPL": [None, 900.0], "ARI": [None, None]},
        best={"NPMI": {1}},
    )  # fmt: skip
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["NPMI", "PPL"]
    dots = [line for line in figure.axes[0].lines if line.get_marker() in "oD"]
    assert [(list(d.get_xdata()), list(d.get_ydata()), d.get_marker()) for d in dots] == [
        ([0.1], [0], "o"), ([0.2], [1], "D"),
    ]  # fmt: skip
    assert len([line for line in figure.axes[1].lines if line.get_marker() in "oD"]) == 1


def test_nothing_to_compare_is_refused():
    with pytest.raises(InvalidOption, match="no run has a metric"):
        compare.draw(["K=10"], {"NPMI": [None]})


def test_very_many_runs_are_cut_and_the_title_says_so():
    figure = compare.draw([f"run {i}" for i in range(100)], {"NPMI": [0.1] * 100})
    assert "40 more runs" in figure.texts[0].get_text().replace("\n", " ")
