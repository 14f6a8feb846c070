"""Runs in memory, for the tests of what is drawn and written of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from theta.contracts import Corpus, Labels, Split, Tokens, TopicModelOutput
from theta.layout import ProjectPaths, RunFiles
from theta.models.hierarchy import topic_hierarchy
from theta.models.topic_count import GRID
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.plots.topics import TopicLabel
from theta.relations.analysis import Pair, Relations
from theta.run import Run
from theta.run.hierarchy import Group, Hierarchy
from theta.run.prepared import Prepared

NOWHERE = Path("nowhere")


def make_run(
    doc_topic: Any,
    topic_word: Any,
    *,
    vocabulary: Sequence[str] | None = None,
    labels: Labels | None = None,
    times: Any = None,
    covariates: Mapping[str, Any] | None = None,
    model: str = "lda",
    dataset: str = "planted",
    row_ids: Sequence[str] | None = None,
    word_counts: Any = None,
    word_scores: Any = None,
    facts: Mapping[str, Any] | None = None,
    history: Sequence[Mapping[str, Any]] = (),
    **views: Any,
) -> Run:
    """Return a run of some topics; `views` are set instead of being computed.

    There are no texts to name topics by: names come with `automatic_names` and `hierarchy`.
    """
    doc_topic, topic_word = (np.asarray(array, np.float32) for array in (doc_topic, topic_word))
    n_docs, n_words = len(doc_topic), topic_word.shape[1]
    bow = np.zeros((n_docs, n_words), dtype=np.int32)
    bow[0] = 1 if word_counts is None else word_counts
    corpus = Corpus(
        vocabulary=tuple(vocabulary or (f"w{i}" for i in range(n_words))),
        bow=csr_array(bow),
        tokens=Tokens(np.zeros(n_docs + 1, np.int64), np.zeros(0, np.int32)),
        split=np.full(n_docs, Split.TRAIN, np.int8),
        first_halves=csr_array((0, n_words), dtype=np.int32),
        row_ids=row_ids or [str(row) for row in range(n_docs)],
        labels=labels,
        times=times,
        covariates=covariates or {},
    )
    output = TopicModelOutput(
        doc_topic=doc_topic,
        topic_word=topic_word,
        word_scores=word_scores,
        history=history,
        facts={"training_time": 1.5, **(facts or {})},
    )
    config = {
        "model": model,
        "seed": 0,
        "options": {
            "dataset": dataset,
            "model_size": "mini",
            "mode": "zero_shot",
            "fold_forms": False,
        },
        "model_options": {"num_topics": doc_topic.shape[1]},
        "versions": {},
        "fingerprints": {},
    }
    project = ProjectPaths(NOWHERE, NOWHERE, NOWHERE, None)
    prepared = Prepared(dataset, project, corpus)
    run = Run.fresh(RunFiles(NOWHERE), project, config=config, prepared=prepared, output=output)
    absent = {"automatic_names": {}, "hierarchy": Hierarchy((), ()), "topic_flags": []}
    vars(run).update({**absent, **views})
    return run


def hierarchy_of(similarity: Any, name: str = "group") -> Hierarchy:
    """Return the hierarchy over topics of the same share, whose groups all have one name."""
    nodes = topic_hierarchy(similarity, None)
    share = 1 / len(similarity)
    groups = (Group(n.topics, share * len(n.topics), 1, (name, "word"), name) for n in nodes)
    return Hierarchy(nodes, tuple(groups))


def labelled(topic_words: Sequence[Sequence[tuple[str, float]]]) -> list[TopicLabel]:
    """Return topics without names as charts show them, numbered from 0."""
    return [TopicLabel(number, words) for number, words in enumerate(topic_words)]


def topic_count_estimate(number: int = 22) -> TopicCountEstimate:
    """Return an estimate over the whole grid, as of a large corpus."""
    n_numbers = len(GRID)
    shares = np.linspace(0.9, 0.4, n_numbers).tolist()
    return TopicCountEstimate(
        number=number,
        supported=True,
        best=number,
        low=11,
        high=27,
        levels=[2, 6, 12],
        n_docs=8000,
        with_embeddings=True,
        seed=0,
        seconds=12.5,
        grid=GRID,
        worth=[k * (share - 0.5) for k, share in zip(GRID, shares, strict=True)],
        smooth=[k * (share - 0.5) for k, share in zip(GRID, shares, strict=True)],
        error=[0.02 * k for k in GRID],
        returning=shares,
        chance=[0.2] * n_numbers,
        readable=shares,
    )


def related(num_topics: int) -> Relations:
    """Clear correlations of each topic with the next two."""
    pairs = [
        Pair(k, k + step, 0.5 / (k + 1) * (-1) ** step, *sorted(ends), 0.001, 0.01, 0.1)
        for k in range(num_topics)
        for step in (1, 2)
        if k + step < num_topics
        for ends in [((-1) ** step * 0.01, (-1) ** step * 0.6)]
    ]
    return Relations(100, 1, "", pairs, [])
