from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.runs import hierarchy_of, make_run
from theta.contracts import Labels, Metric
from theta.effects.analysis import estimate_effects
from theta.effects.formula import model_matrix
from theta.effects.results import Effects
from theta.models.naming.names import FROM_MODEL, TopicName
from theta.plots.groups import DocumentGroups
from theta.plots.map import DocumentMap
from theta.plots.means import GroupMeans, periods_of
from theta.report.content import content
from theta.run import Run
from theta.trends.analysis import estimate_trends
from theta.trends.results import Trends
from theta.trends.words import PeriodWords

N_DOCS, N_TOPICS = 40, 3
SIMILARITY = np.array([[1, 0.8, 0.1], [0.8, 1, 0.2], [0.1, 0.2, 1]])
HOSTILE = "<script>alert(1)</script> & </script><img src=x onerror=alert(2)> \u2028\u2029 'quoted\""


def group_means(n_sets: int) -> GroupMeans:
    mean = np.random.default_rng(1).dirichlet(np.ones(N_TOPICS), size=n_sets)
    mean[0] = np.nan  # too few documents
    return GroupMeans(mean, mean - 0.01, mean + 0.01, np.arange(n_sets) * 10)


@cache
def effects_on(theta: bytes) -> Effects:
    """Return effects on θ, whose bytes all tests share."""
    doc_topic = np.frombuffer(theta).reshape(N_DOCS, N_TOPICS)
    random = np.random.default_rng(2)
    columns = {
        "side": np.array(["<i>l</i>", "r"] * (N_DOCS // 2)),
        "age": random.normal(size=N_DOCS),
        "height": random.normal(size=N_DOCS),
    }
    formula = "~ side * age + spline(height, 3)"
    matrix = model_matrix(formula, columns, [str(i) for i in range(N_DOCS)], 1)
    return estimate_effects(matrix, [doc_topic])


@cache
def trends_of(theta: bytes) -> Trends:
    """Three documents in the first of five years, too few for a mean."""
    doc_topic = np.frombuffer(theta).reshape(N_DOCS, N_TOPICS)
    years = np.minimum(np.arange(N_DOCS) + 6, 40) // 9
    times = (np.datetime64("2001", "Y") + years).astype("datetime64[D]")
    words = PeriodWords(
        1, "2002-01-01", "2002-12-31", 9, ["<b>", "word1"], [0.2, 0.1], ["<i>"], [3.0]
    )
    return estimate_trends(periods_of(times, "year"), times, [doc_topic], [words])


@pytest.fixture
def hostile_text() -> str:
    return HOSTILE


@pytest.fixture
def run() -> Run:
    """A run with everything that the page can show; document 0 is hostile."""
    random = np.random.default_rng(0)
    vocabulary = [f"word{i}" for i in range(60)]
    vocabulary[7] = "</script><b>"
    topic_word = random.dirichlet(np.full(60, 0.1), size=N_TOPICS)
    doc_topic = random.dirichlet(np.full(N_TOPICS, 0.2), size=N_DOCS)
    doc_topic[0] = [0.998, 0.001, 0.001]
    # A ranking of its own: the topics' 11th to 40th most probable words come first.
    order = np.argsort(-topic_word, axis=1)
    top = np.concatenate([order[:, 10:40], order[:, :10], order[:, 40:]], axis=1)
    scores = np.empty((N_TOPICS, 60), np.float32)
    np.put_along_axis(scores, top, -np.arange(60, dtype=np.float32), axis=1)
    texts = [
        f"{vocabulary[top[row.argmax(), 0]]} and number {i}" for i, row in enumerate(doc_topic)
    ]
    texts[0] = HOSTILE
    labels = Labels(np.arange(N_DOCS, dtype=np.int32) % 3 - 1, ("<i>left</i>", "right"))
    seed_words = {"word9": 57, "word3": 2}
    guided = {"topic": 1, "name": "<b>sport</b>", "ranks": seed_words}
    made = make_run(
        doc_topic,
        topic_word,
        dataset="Title with <b>markup</b>",
        vocabulary=vocabulary,
        word_counts=random.integers(1, 50, size=60),
        word_scores=scores,
        row_ids=[f"id{i}" for i in range(N_DOCS)],
        history=[{"epoch": e, "reconstruction": 9.0 - e, "kl": float("nan")} for e in range(4)],
        facts={
            "best_epoch": 2,
            "stability": {"per_topic": [0.9, 0.2, None], "stable": [True, False, False]},
            "seed_words": [{**guided, "not_in_vocabulary": ["absent"]}],
        },
        texts=texts,
        document_map=DocumentMap(
            random.normal(size=(30, 2)).astype(np.float32), np.arange(30), N_DOCS, "t-SNE"
        ),
        similarity=SIMILARITY,
        hierarchy=hierarchy_of(SIMILARITY, HOSTILE),
        automatic_names={2: TopicName("<img src=x> & others", FROM_MODEL)},
        metrics=[
            Metric("NPMI", 0.2, "top 10", [0.1, None, 0.3], (0.1, 0.3)),
            Metric("PPL", None, "held-out", reason="no document was held out"),
        ],
        classification={
            "labels": ["<i>left</i>", "right"],
            "confusion_matrix": [[3, 1], [0, 2]],
            "F1": [0.857, 0.8],
        },
        over_time=trends_of(doc_topic.tobytes()),
        groups=[DocumentGroups("", labels, group_means(2))],
        effects=effects_on(doc_topic.tobytes()),
    )
    made.config["model_options"]["relevance"] = 0.6
    return made


@pytest.fixture
def shown(run: Run) -> dict[str, Any]:
    """What the page shows of the run."""
    return content(run, "en")
