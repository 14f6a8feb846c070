from __future__ import annotations

import numpy as np
import pytest
from theta.report.data import (
    Group,
    MapPoints,
    MetricText,
    OverTime,
    PredictedLabels,
    ReportData,
    SeedWordRanks,
    ShareTable,
)

from theta.contracts import Labels, Metric

N_DOCS, N_TOPICS = 40, 3
HOSTILE = "<script>alert(1)</script> & </script><img src=x onerror=alert(2)> \u2028\u2029 'quoted\""


def share_table(n_sets: int) -> ShareTable:
    mean = np.random.default_rng(1).dirichlet(np.ones(N_TOPICS), size=n_sets)
    mean[0] = np.nan  # too few documents
    return ShareTable(mean, mean - 0.01, mean + 0.01, np.arange(n_sets) * 10)


@pytest.fixture
def hostile_text() -> str:
    return HOSTILE


@pytest.fixture
def report_data() -> ReportData:
    """A run with everything that the page can show; document 0 is hostile."""
    random = np.random.default_rng(0)
    vocabulary = [f"word{i}" for i in range(60)]
    vocabulary[7] = "</script><b>"
    topic_word = random.dirichlet(np.full(60, 0.1), size=N_TOPICS)
    doc_topic = random.dirichlet(np.full(N_TOPICS, 0.2), size=N_DOCS)
    doc_topic[0] = [0.998, 0.001, 0.001]
    # A ranking of its own: the topics' 11th to 40th most probable words.
    top = np.argsort(-topic_word, axis=1)[:, 10:40]
    texts = [
        f"{vocabulary[top[row.argmax(), 0]]} and number {i}" for i, row in enumerate(doc_topic)
    ]
    texts[0] = HOSTILE
    similarity = np.array([[1, 0.8, 0.1], [0.8, 1, 0.2], [0.1, 0.2, 1]])
    labels = Labels(np.arange(N_DOCS, dtype=np.int32) % 3 - 1, ("<i>left</i>", "right"))
    return ReportData(
        title="Title with <b>markup</b>",
        facts=[("Data set", "<u>lee</u>"), ("Documents", str(N_DOCS))],
        vocabulary=vocabulary,
        topic_word=topic_word,
        word_counts=random.integers(1, 50, size=60),
        top_words=top,
        doc_topic=doc_topic,
        texts=texts,
        row_ids=[f"id{i}" for i in range(N_DOCS)],
        ranking="Ranked by the model's own score.",
        relevance=0.6,
        document_map=MapPoints(random.normal(size=(30, 2)), np.arange(30), "t-SNE"),
        similarity=similarity,
        similarity_name="1 - divergence",
        similarity_order=[2, 0, 1],
        metrics=[
            Metric("NPMI", 0.2, "top 10", [0.1, None, 0.3], (0.1, 0.3)),
            Metric("PPL", None, "held-out", reason="no document was held out"),
        ],
        metric_texts={"NPMI": MetricText("Do words stand together?", "higher")},
        told_labels=PredictedLabels(["<i>left</i>", "right"], [[3, 1], [0, 2]], [0.857, 0.8]),
        stability=[0.9, 0.2, None],
        stable=[True, False, False],
        guided={1: SeedWordRanks("<b>sport</b>", {"word9": 57, "word3": 2}, ["absent"])},
        history=[{"epoch": e, "reconstruction": 9.0 - e, "kl": float("nan")} for e in range(4)],
        best_epoch=2,
        over_time=OverTime("year", ["2001-01-01", "2002-01-01", "2003-01-01"], share_table(3)),
        groups={"label": Group(labels, share_table(2))},
        settings={"Options": {"num_topics": "3", "note": "<script>alert(3)</script>"}},
        command="python run_pipeline.py --dataset lee",
    )
