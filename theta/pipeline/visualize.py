"""Draw a run: one file per chart, and the page that shows them all."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from theta import storage
from theta.contracts import Metric, TopicModelOutput
from theta.i18n import labels_in
from theta.layout import RunFiles
from theta.pipeline.prepared import Prepared
from theta.pipeline.results import TOP_WORDS_SAVED
from theta.plots.chart_data import ChartData, DocumentMap
from theta.plots.charts import CHARTS, draw
from theta.plots.groups import group_by, is_cut
from theta.plots.map import document_map
from theta.plots.save import save
from theta.plots.similarity import word_similarity

logger = logging.getLogger(__name__)

FORMATS = ("png", "svg")

_MAP_SEED = 0
"""One seed for all maps: runs of a grid search share the map of their corpus."""


def visualize(
    prepared: Prepared,
    output: TopicModelOutput,
    metrics: Sequence[Metric],
    files: RunFiles,
    *,
    language: str,
    only: Sequence[str] = (),
    dpi: int = 300,
) -> list[Path]:
    """Write every chart that the run has the numbers for, and say which were left out and why.

    Parameters
    ----------
    prepared : Prepared
    output : TopicModelOutput
    metrics : sequence of Metric
    files : RunFiles
    language : {"en", "zh"}
        Of the labels on the charts.
    only : sequence of str
        Names of charts; all of them if empty.
    dpi : int

    Returns
    -------
    list of Path
        The files written.
    """
    began = time.perf_counter()
    picture = describe(prepared, output, metrics, language=language)
    if picture.document_map is None and (not only or "document_map" in only):
        picture = replace(picture, document_map=cached_map(prepared, output))
    drawn: list[Path] = []
    for name in only or CHARTS:
        reason = CHARTS[name].missing(picture) if name in CHARTS else None
        if reason is not None:
            logger.info("No chart %s: %s", name, reason)
            continue
        figure = draw(name, picture)
        for suffix in FORMATS:
            save(figure, files.figure(name, suffix), dpi)
            drawn.append(files.figure(name, suffix))
    n_charts = len(drawn) // len(FORMATS)
    logger.info("Drew %d charts: %.1f s", n_charts, time.perf_counter() - began)
    return drawn


def describe(
    prepared: Prepared,
    output: TopicModelOutput,
    metrics: Sequence[Metric],
    *,
    language: str,
) -> ChartData:
    """Return what is known of a run, for the charts."""
    corpus = prepared.corpus
    label = labels_in(language)
    top = output.top_words(TOP_WORDS_SAVED)
    groups = {} if corpus.labels is None else {label["label_column"]: corpus.labels}
    ordered = set()
    for column, values in corpus.covariates.items():
        name = label["binned"].format(name=column) if is_cut(values) else column
        groups[name] = group_by(values)
        if np.issubdtype(values.dtype, np.number):
            ordered.add(name)
    return ChartData(
        topic_words=[
            [(corpus.vocabulary[v], float(output.topic_word[k, v])) for v in words]
            for k, words in enumerate(top)
        ],
        doc_topic=output.doc_topic,
        similarity=word_similarity(output.topic_word),
        similarity_name=label["similarity_name"],
        metrics=metrics,
        history=output.history,
        best_epoch=output.facts.get("best_epoch"),
        times=corpus.times,
        groups=groups,
        ordered=frozenset(ordered),
        language=language,
    )


def cached_map(prepared: Prepared, output: TopicModelOutput) -> DocumentMap | None:
    """Return the map of the documents: one per embedding of a corpus, shared by all its runs.

    A model without embeddings is drawn by its own topic weights, which no other run shares.
    """
    if prepared.corpus.n_docs < 3:
        return None
    path = prepared.map_file
    if prepared.embeddings is None or path is None:
        return document_map(output.doc_topic, seed=_MAP_SEED)
    if path.exists():
        try:
            found = storage.read_npz(path)
            return DocumentMap(
                found["points"], found["rows"], prepared.corpus.n_docs, str(found["method"])
            )
        except (storage.Damaged, KeyError, ValueError) as error:
            logger.warning("%s is laid out anew: %s", path, error)
    drawn = document_map(prepared.embeddings.documents, seed=_MAP_SEED)
    with storage.replacing_file(path) as new:
        method = np.array(drawn.method)
        storage.write_npz(new, {"points": drawn.points, "rows": drawn.rows, "method": method})
    return drawn
