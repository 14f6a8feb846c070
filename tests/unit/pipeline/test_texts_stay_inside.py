"""No text of any chart leaves its picture or is written over another of its axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

from tests.runs import make_run, related, topic_count_estimate
from theta.contracts import Labels, Metric
from theta.pipeline.charts import CHARTS
from theta.plots import compare
from theta.plots.groups import DocumentGroups
from theta.plots.map import DocumentMap
from theta.plots.means import means_by_group, periods_of
from theta.run import Run
from theta.trends.analysis import estimate_trends

N_DOCS = 400
LONG = "Donaudampfschifffahrtsgesellschaftskapitän"
CHINESE = "中国经济增长率数据统计分析报告"
WORDS = {"plain": "word", "long": LONG, "chinese": CHINESE}


def big_run(num_topics: int, kind: str) -> Run:
    random = np.random.default_rng(num_topics)
    word = WORDS[kind]
    doc_topic = random.dirichlet(np.full(num_topics, 0.2), size=N_DOCS)
    similarity = random.random((num_topics, num_topics))
    similarity = (similarity + similarity.T) / 2
    np.fill_diagonal(similarity, 1)
    corners = np.array([[0, 0], [9, 0], [0, 9], [9, 9]], dtype=np.float32)
    points = np.concatenate([corners, random.normal(4.5, 2, size=(N_DOCS - 4, 2))])
    history = [{"epoch": e, "kl": 1234.5678 + e, "validation_elbo": -1e6 * e} for e in range(5)]
    uniform = np.full((num_topics, 2), 0.5)
    run = make_run(doc_topic, uniform, history=history, facts={"best_epoch": 3})
    run.topic_words = [
        [(f"{word}{k}{i}", 0.3 / (i + 1)) for i in range(25)] for k in range(num_topics)
    ]
    run.similarity = similarity
    run.document_map = DocumentMap(points.astype(np.float32), np.arange(N_DOCS), N_DOCS, "t-SNE")
    run.metrics = [
        Metric("NPMI", -0.2012, "top 10", list(random.random(num_topics)), (-0.1234, 0.3456)),
        Metric("PPL", 123456.0, "of the second halves of the test documents " * 9, None, None),
        Metric("C_V", None, "held-out", reason="no document was held out " * 9),
    ]
    run.topic_count = topic_count_estimate(123)
    run.relations = related(num_topics)
    times = np.datetime64("2001-01-01") + random.integers(0, 3000, size=N_DOCS)
    run.over_time = estimate_trends(periods_of(times), times, [doc_topic], [])
    run.groups = [
        groups("", 4, word, doc_topic),
        groups("cov_length", 2, word, doc_topic, binned=True),
        groups(f"cov_{word * 2}", 3, word, doc_topic),
    ]
    return run


def groups(
    column: str, n: int, word: str, doc_topic: np.ndarray, *, binned: bool = False
) -> DocumentGroups:
    names = tuple(f"{word} {i}" for i in range(n))
    labels = Labels((np.arange(N_DOCS) % n).astype(np.int32), names)
    return DocumentGroups(column, labels, means_by_group(doc_topic, labels), binned=binned)


def drawn(name: str, run: Run, kind: str) -> Any:
    return CHARTS[name].draw(run, "zh" if kind == "chinese" else "en")


def outside(figure: Any) -> list[str]:
    """Return the texts of a figure that are not wholly inside of it."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    width, height = figure.canvas.get_width_height()
    hidden = _not_drawn(figure)
    found = []
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip() or id(text) in hidden:
            continue
        box = text.get_window_extent(renderer)
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > width + 0.5 or box.y1 > height + 0.5:
            found.append(f"{text.get_text()[:60]!r} at {box.extents.round()} of {width} × {height}")
    return found


def _not_drawn(figure: Any) -> set[int]:
    """Return the labels of ticks outside of the range of their axis."""
    hidden = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            drawn = axis._update_ticks() if ax.axison else []
            for tick in (*axis.majorTicks, *axis.minorTicks):
                if tick not in drawn:
                    hidden |= {id(tick.label1), id(tick.label2)}
    return hidden


def hidden_by_axis(figure: Any) -> list[str]:
    """Return the titles and texts of a figure that are wider than the room up to the next one."""
    renderer = figure.canvas.get_renderer()
    texts = [t for t in figure.texts if t.get_text().strip()]
    titles = [ax._left_title for ax in figure.axes if ax._left_title.get_text()]
    boxes = [(t.get_text(), t.get_window_extent(renderer)) for t in (*texts, *titles)]
    return [
        f"{first[:40]!r} over {second[:40]!r}"
        for at, (first, a) in enumerate(boxes)
        for second, b in boxes[at + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1
    ]


QUICK = {(12, "chinese"), (20, "long"), (100, "plain")}
"""Each number of topics and each kind of words once; the rest with the slow tests."""


def cases() -> list[Any]:
    return [
        pytest.param(name, n, kind, marks=() if _is_quick(name, n, kind) else pytest.mark.slow)
        for name in CHARTS
        for n in (12, 20, 100)
        for kind in WORDS
    ]


def _is_quick(name: str, num_topics: int, kind: str) -> bool:
    takes_seconds = {
        "topic_wordclouds": 0, "topic_words_bars": 12, "topics_over_time": 20,
    }  # fmt: skip
    return (num_topics, kind) in QUICK and num_topics <= takes_seconds.get(name, 100)


@pytest.mark.parametrize(("name", "num_topics", "kind"), cases())
def test_every_text_is_inside_of_its_picture(name: str, num_topics: int, kind: str) -> None:
    figure = drawn(name, big_run(num_topics, kind), kind)
    assert outside(figure) == []
    assert hidden_by_axis(figure) == []


def test_few_topics_and_groups_have_room_for_their_titles() -> None:
    two = big_run(2, "long")
    for name in set(CHARTS) - {"topic_wordclouds"}:
        assert outside(drawn(name, two, "long")) == [], name
    two.groups = two.groups[1:2]
    assert outside(drawn("topics_by_group", two, "long")) == []


@pytest.mark.parametrize("word", ["run", LONG, CHINESE])
def test_runs_compared(word: str) -> None:
    runs = [f"result/{word}/{n}" for n in range(12)]
    values = {name: [0.123456 * n for n in range(12)] for name in ("NPMI", "C_V", "PPL", "TD")}
    figure = compare.draw(runs, values)
    assert outside(figure) == []
