"""The table of charts: each is drawn from a run, or refused with the reason."""

from __future__ import annotations

import numpy as np
import pytest

from tests.runs import hierarchy_of, make_run, related, topic_count_estimate
from theta.contracts import Labels, Metric
from theta.errors import InvalidOption
from theta.pipeline.charts import CHARTS
from theta.plots.map import DocumentMap
from theta.run import Run


@pytest.fixture
def bare_run() -> Run:
    """A run of three topics and two documents, without anything optional."""
    random = np.random.default_rng(0)
    return make_run(random.dirichlet([0.3] * 3, size=2), random.dirichlet([0.3] * 12, size=3))


def full_run(num_topics: int) -> Run:
    random = np.random.default_rng(0)
    n_docs = 200
    similarity = random.random((num_topics, num_topics))
    similarity = (similarity + similarity.T) / 2
    np.fill_diagonal(similarity, 1)
    return make_run(
        random.dirichlet(np.full(num_topics, 0.2), size=n_docs),
        random.dirichlet(np.full(60, 0.2), size=num_topics),
        similarity=similarity,
        hierarchy=hierarchy_of(similarity),
        document_map=DocumentMap(
            random.normal(size=(150, 2)).astype(np.float32), np.arange(150), n_docs, "t-SNE"
        ),
        metrics=[
            Metric("NPMI", 0.2, "top 10", list(random.random(num_topics)), (0.1, 0.3)),
            Metric("PPL", None, "held-out", reason="no document was held out"),
        ],
        history=[{"epoch": e, "kl": 1.0 + e} for e in range(5)],
        facts={"best_epoch": 3},
        topic_count=topic_count_estimate(),
        relations=related(num_topics),
        times=np.datetime64("2001-01-01") + random.integers(0, 3000, size=n_docs),
        labels=Labels(np.arange(n_docs, dtype=np.int32) % 4, tuple("abcd")),
    )


@pytest.mark.parametrize("num_topics", [1, 2, 7])
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_for_any_number_of_topics(name, num_topics):
    run = full_run(num_topics)
    reason = CHARTS[name].missing(run)
    if num_topics == 1 and name in ("topic_similarity", "topic_hierarchy"):
        assert reason == "there is only one topic"
        return
    if num_topics == 1 and name == "topic_network":
        assert reason == "no two topics clearly correlate"
        return
    assert reason is None
    CHARTS[name].draw(run, "zh" if num_topics == 2 else "en").canvas.draw()


@pytest.mark.slow
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_for_a_hundred_topics(name):
    figure = CHARTS[name].draw(full_run(100), "en")
    figure.canvas.draw()
    assert max(figure.get_size_inches()) <= 25


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("document_map", "fewer than three documents"),
        ("metrics", "not been evaluated"),
        ("training_curves", "not trained in epochs"),
        ("topic_count", "was not estimated"),
        ("topic_network", "have not been estimated (theta relations)"),
        ("topics_over_time", "no dates"),
        ("topics_by_group", "no labels"),
    ],
)
def test_a_chart_without_its_data_is_refused_with_the_reason(bare_run, name, reason):
    assert reason in CHARTS[name].missing(bare_run)


def test_dates_that_are_all_the_same_make_no_chart_over_time():
    times = np.full(12, np.datetime64("2001-01-01"))
    run = make_run(np.full((12, 2), 0.5), np.full((2, 2), 0.5), times=times)
    assert "two different dates" in CHARTS["topics_over_time"].missing(run)


def test_a_column_without_a_group_of_enough_documents_is_left_out():
    doc_topic, topic_word = np.full((12, 2), 0.5), np.full((2, 12), 1 / 12)
    names, sides = np.array([f"n{i}" for i in range(12)]), np.array(["a", "b"] * 6)
    alone = make_run(doc_topic, topic_word, covariates={"cov_name": names})
    assert "no value of cov_name has 5 documents" in CHARTS["topics_by_group"].missing(alone)
    both = {"cov_name": names, "cov_side": sides}
    run = make_run(doc_topic, topic_word, covariates=both)
    figure = CHARTS["topics_by_group"].draw(run, "en")
    assert "cov_side" in [text.get_text() for text in figure.texts]
    assert "cov_name" not in [text.get_text() for text in figure.texts]


def test_a_language_without_labels_is_refused(bare_run):
    with pytest.raises(InvalidOption, match="en, zh"):
        CHARTS["topic_words_bars"].draw(bare_run, "xx")


def test_bars_are_drawn_from_the_topics_of_the_run(bare_run):
    figure = CHARTS["topic_words_bars"].draw(bare_run, "en")
    assert len(figure.axes) == 3
    largest = int(bare_run.shares.argmax())
    widths = [patch.get_width() for patch in figure.axes[0].patches]
    assert widths == [weight for _, weight in bare_run.topic_words[largest][:10]]
