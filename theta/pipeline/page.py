"""The page of a run: everything a reader wants to see, gathered for theta.report."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from theta.contracts import Metric, TopicModelOutput
from theta.corpus.store import text_column
from theta.evaluation.metrics import METRICS
from theta.i18n import labels_in
from theta.layout import RunFiles
from theta.models import MODELS
from theta.pipeline.predictions import describe_labels
from theta.pipeline.prepared import Prepared
from theta.pipeline.results import guided_topics, repeat_command
from theta.pipeline.visualize import cached_map, describe
from theta.plots.chart_data import ChartData
from theta.plots.means import GroupMeans, means_by_group, means_over_time, why_no_periods
from theta.plots.similarity import order_by_similarity
from theta.plots.training_curves import curves
from theta.report.build import build_report, build_topic_browser
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
from theta.report.words import N_WORDS

logger = logging.getLogger(__name__)


def write_page(
    prepared: Prepared,
    output: TopicModelOutput,
    metrics: Sequence[Metric],
    files: RunFiles,
    config: Mapping[str, Any],
    *,
    language: str,
) -> list[Path]:
    """Write report.html and the topic browser of a run, and return where they lie.

    Parameters
    ----------
    prepared : Prepared
    output : TopicModelOutput
    metrics : sequence of Metric
    files : RunFiles
    config : mapping
        The run's config.json.
    language : {"en", "zh"}
    """
    began = time.perf_counter()
    data = gather(prepared, output, metrics, config, language=language)
    files.visualizations.mkdir(parents=True, exist_ok=True)
    files.report.write_text(build_report(data), encoding="utf-8")
    files.topic_browser.write_text(build_topic_browser(data), encoding="utf-8")
    megabytes = files.report.stat().st_size / 1e6
    logger.info("Wrote the report: %.1f MB, %.1f s", megabytes, time.perf_counter() - began)
    return [files.report, files.topic_browser]


def gather(
    prepared: Prepared,
    output: TopicModelOutput,
    metrics: Sequence[Metric],
    config: Mapping[str, Any],
    *,
    language: str,
) -> ReportData:
    """Return what the page shows of a run."""
    corpus = prepared.corpus
    seed = int(config["seed"])
    picture = describe(prepared, output, metrics, language=language)
    drawn = cached_map(prepared, output)
    model = MODELS[config["model"]]
    label = labels_in(language)
    num_topics = label["topic_count"].format(n=output.num_topics)
    similarity = picture.similarity
    stability = output.facts.get("stability")
    return ReportData(
        title=f"{prepared.dataset} · {model.title} · {num_topics}",
        facts=_facts(prepared, output, config, label),
        vocabulary=corpus.vocabulary,
        topic_word=output.topic_word,
        word_counts=np.asarray(corpus.bow.sum(axis=0)).ravel(),
        top_words=output.top_words(N_WORDS),
        ranking=_ranking(output, config, label),
        doc_topic=output.doc_topic,
        texts=text_column(prepared.corpus_files),
        row_ids=corpus.row_ids,
        relevance=config["model_options"].get("relevance", 1.0),
        document_map=None if drawn is None else MapPoints(drawn.points, drawn.rows, drawn.method),
        similarity=similarity,
        similarity_name=picture.similarity_name,
        similarity_order=() if similarity is None else order_by_similarity(similarity),
        metrics=metrics,
        metric_texts={name: MetricText(row.meaning, row.better) for name, row in METRICS.items()},
        told_labels=_told_labels(prepared, output),
        stability=None if stability is None else stability["per_topic"],
        stable=None if stability is None else stability["stable"],
        guided={
            topic: SeedWordRanks(told["name"], told["ranks"], told["not_in_vocabulary"])
            for topic, told in guided_topics(output).items()
        },
        history=_drawn_history(output.history),
        best_epoch=output.facts.get("best_epoch"),
        over_time=_over_time(picture),
        groups={
            name: Group(
                labels,
                _shares(means_by_group(output.doc_topic, labels)),
                ordered=name in picture.ordered,
            )
            for name, labels in picture.groups.items()
        },
        settings={
            label["settings_run"]: _texts(config["options"]),
            model.title: _texts(config["model_options"]),
            label["settings_versions"]: _texts(config["versions"]),
            label["settings_fingerprints"]: _texts(config["fingerprints"]),
        },
        command=repeat_command(config),
        language=language,
        seed=seed,
    )


def _told_labels(prepared: Prepared, output: TopicModelOutput) -> PredictedLabels | None:
    told = describe_labels(prepared, output)
    if told is None:
        return None
    return PredictedLabels(told["labels"], told["confusion_matrix"], told["F1"])


def _facts(
    prepared: Prepared,
    output: TopicModelOutput,
    config: Mapping[str, Any],
    label: Mapping[str, str],
) -> list[tuple[str, str]]:
    options = config["options"]
    facts = {
        "fact_dataset": prepared.dataset,
        "fact_model": MODELS[config["model"]].title,
        "documents": f"{prepared.corpus.n_docs:,}",
        "fact_words": f"{prepared.corpus.n_words:,}",
        "topics": str(output.num_topics),
    }
    if prepared.embeddings is not None:
        facts |= {"fact_embeddings": options["model_size"], "fact_mode": options["mode"]}
    facts |= {
        "fact_seed": str(config["seed"]),
        "fact_training": label["seconds"].format(n=f"{output.facts['training_time']:.1f}"),
    }
    return [(label[name], value) for name, value in facts.items()]


def _ranking(output: TopicModelOutput, config: Mapping[str, Any], label: Mapping[str, str]) -> str:
    """Return in a sentence what the run ranks its top words by."""
    options = config["model_options"]
    if output.word_scores is None:
        name = "ranked_by_probability"
    elif "relevance" not in options:
        name = "ranked_by_scores"
    else:
        name = "ranked_by_company" if options.get("coherence") else "ranked_by_relevance"
    return label[name].format(**options)


def _drawn_history(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the numbers that have curves, in the order of the chart of the training."""
    names = ("epoch", *curves(history))
    return [{name: entry[name] for name in names if name in entry} for entry in history]


def _over_time(picture: ChartData) -> OverTime | None:
    if picture.times is None or why_no_periods(picture.times) is not None:
        return None
    periods, means = means_over_time(picture.doc_topic, picture.times)
    return OverTime(periods.unit, [str(start) for start in periods.starts], _shares(means))


def _shares(means: GroupMeans) -> ShareTable:
    return ShareTable(means.mean, means.low, means.high, means.counts)


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value not in (None, [])}
