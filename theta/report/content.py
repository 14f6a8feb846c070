"""The numbers and texts of the page as one JSON value, rounded to the precision shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Metric
from theta.evaluation.metrics import METRICS
from theta.i18n import page_labels, translated
from theta.models.hierarchy import leaves_in_order
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.plots.groups import DocumentGroups
from theta.plots.means import GroupMeans
from theta.plots.similarity import SIMILARITY, order_by_similarity
from theta.plots.topic_hierarchy import places
from theta.plots.training_curves import curve_title, curves
from theta.report.analyses import (
    correlations,
    described_topics,
    effect_views,
    over_time,
    topic_moves,
)
from theta.report.documents import cut_texts, shown_rows, typical_rows
from theta.report.facts import facts, ranking, settings, title
from theta.report.numbers import finite, rounded, scaled_to_page, significant
from theta.report.topic_map import place_topics
from theta.report.words import N_WORDS, STOPS, candidates, word_shares
from theta.run import Run
from theta.run.coding import CODED, TITLES
from theta.run.config import repeat_command

N_NEAREST = 5
N_TOP = 10
"""Top words of a topic in lists of several topics."""

N_MAIN = 4
"""Topics listed per document."""

MAX_GROUPS = 40
"""Groups shown per column: those with the most documents."""


def content(run: Run, language: str) -> dict[str, Any]:
    """Return everything that the page shows, ready for JSON.

    Parameters
    ----------
    run : Run
    language : {"en", "zh"}
    """
    typical = typical_rows(run.doc_topic, run.texts)
    document_map = run.document_map
    on_map = None if document_map is None else document_map.rows
    of_topics = [*typical, *(list(met.best) for met in run.described)]
    rows = shown_rows(run.doc_topic.shape[0], on_map, of_topics, run.seed)
    position = {row: i for i, row in enumerate(rows)}
    return {
        "language": language,
        "labels": page_labels(language),
        "title": title(run, language),
        "facts": facts(run, language),
        "nDocs": run.doc_topic.shape[0],
        "topicCount": _topic_count(run.topic_count, language),
        "health": _health(run, language),
        "metrics": [_metric(metric, language) for metric in run.metrics],
        "unfolded": {name: finite(value) for name, value in run.unfolded.items()},
        "coded": [_metric(metric, language) for metric in run.coded_metrics],
        "labelPredictions": _classification(run),
        "effects": None if run.effects is None else effect_views(run.effects),
        "ranking": ranking(run, language),
        "relevance": run.config["model_options"].get("relevance", 1.0),
        "stops": list(STOPS),
        "nWords": N_WORDS,
        "nTop": N_TOP,
        "topics": _topics(run, [[position[row] for row in own] for own in typical], language),
        "described": described_topics(run, position),
        "moves": topic_moves(run),
        "docs": _documents(run, rows, language),
        "map": None
        if document_map is None
        else {
            "members": [position[int(row)] for row in document_map.rows],
            "points": scaled_to_page(document_map.points),
            "method": document_map.method,
        },
        "overTime": None if run.over_time is None else over_time(run.over_time, run.labels),
        "correlations": None
        if run.relations is None or run.relations.pairs is None
        else correlations(run.relations, order_by_similarity(run.similarity), run.num_topics),
        "groups": [_group(group, language) for group in run.groups],
        "similarity": {
            "name": translated(language, SIMILARITY),
            "order": order_by_similarity(run.similarity),
            "rows": rounded(run.similarity, 3),
        },
        "hierarchy": _hierarchy(run),
        "history": _history(run.history),
        "curves": {name: curve_title(name, language) for name in curves(run.history)},
        "bestEpoch": run.facts.get("best_epoch"),
        "settings": settings(run, language),
        "command": run.repeat_command,
    }


def _hierarchy(run: Run) -> dict[str, Any] | None:
    """Return the merges of topics with their places in a dendrogram; None for one topic."""
    nodes, groups = run.hierarchy.nodes, run.hierarchy.groups
    if not nodes:
        return None
    order = leaves_in_order(nodes)
    merges = [(*node.children, node.height) for node in nodes]
    return {
        "order": order,
        "places": rounded(places(merges, order), 4),
        "groups": [
            {
                "children": list(node.children),
                "name": group.name,
                "topics": len(group.topics),
                "share": significant(group.share),
                "words": list(group.words),
            }
            for node, group in zip(nodes, groups, strict=True)
        ],
    }


def _metric(metric: Metric, language: str) -> dict[str, Any]:
    spec = METRICS.get(metric.name) or CODED.get(metric.name)
    better = "" if spec is None else f"{spec.better} is better"
    per_topic = metric.per_topic
    return {
        "name": metric.name,
        "value": finite(metric.value),
        "interval": None if metric.interval is None else [finite(v) for v in metric.interval],
        "definition": translated(language, metric.definition),
        "reason": None if metric.reason is None else translated(language, metric.reason),
        "meaning": "" if spec is None else translated(language, spec.meaning),
        "better": translated(language, better),
        "perTopic": None if per_topic is None else [finite(v) for v in per_topic],
        "title": translated(language, TITLES.get(metric.name, metric.name)),
    }


def _health(run: Run, language: str) -> dict[str, Any]:
    """Return the signs of a bad run and the flagged topics, each with what to try."""
    return {
        "summary": translated(language, run.health.summary()),
        "findings": [
            {
                "message": translated(language, finding.message),
                "flags": finding.flags,
                "command": repeat_command(run.config, finding.options) if finding.options else "",
            }
            for finding in run.health.findings
        ],
        "topics": [
            {
                "topics": list(flag.topics),
                "title": translated(language, flag.title),
                "message": translated(language, flag.message),
                "step": flag.step,
                "flags": flag.flags,
            }
            for flag in run.topic_flags
        ],
    }


def _topic_count(estimate: TopicCountEstimate | None, language: str) -> dict[str, Any] | None:
    if estimate is None:
        return None
    worth, margin = np.asarray(estimate.judged), np.asarray(estimate.margin)
    return {
        "sentence": translated(language, estimate.sentence),
        "number": estimate.number,
        "grid": list(estimate.grid),
        "worth": rounded([worth], 3)[0],
        "low": rounded([worth - margin], 3)[0],
        "high": rounded([worth + margin], 3)[0],
    }


def _classification(run: Run) -> dict[str, Any] | None:
    result = run.classification
    if result is None:
        return None
    f1 = [finite(value) for value in result["F1"]]
    return {"names": result["labels"], "counts": result["confusion_matrix"], "f1": f1}


def _topics(run: Run, typical: list[list[int]], language: str) -> list[dict[str, Any]]:
    word_share = word_shares(np.asarray(run.prepared.corpus.bow.sum(axis=0)).ravel())
    plane = scaled_to_page(place_topics(run.similarity))
    stability = run.facts.get("stability")
    topics = []
    for k, words in enumerate(candidates(run.topic_word, word_share)):
        own = run.top_words(N_WORDS)[k].tolist()
        ids = sorted({*words.tolist(), *own})
        position = {v: i for i, v in enumerate(ids)}
        topics.append(
            {
                "id": k,
                "number": run.numbers[k],
                "name": run.names[k],
                "named": _named(run, run.numbers[k], language),
                "seeds": _seed_words(run.guided.get(run.numbers[k])),
                "share": significant(run.shares[k]),
                "top": [text for text, _ in run.topic_words[k][:N_TOP]],
                "own": [position[v] for v in own],
                "words": [run.vocabulary[v] for v in ids],
                "beta": [significant(run.topic_word[k, v]) for v in ids],
                "corpus": [significant(word_share[v]) for v in ids],
                "typical": typical[k],
                "nearest": _nearest(run.similarity[k], k),
                "stability": None if stability is None else finite(stability["per_topic"][k]),
                "stable": None if stability is None else bool(stability["stable"][k]),
                "plane": plane[k],
            }
        )
    return topics


def _named(run: Run, number: int, language: str) -> str:
    """Return a sentence on where an automatic name comes from; empty for other names."""
    found = run.automatic_names.get(number)
    if found is None or number in run.given_names:
        return ""
    return translated(language, found.reason)


def _seed_words(guided: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if guided is None:
        return None
    ranks = sorted(guided["ranks"].items(), key=lambda item: item[1])
    return {
        "ranks": [list(item) for item in ranks],
        "missing": list(guided["not_in_vocabulary"]),
    }


def _nearest(similarity: NDArray[np.float64], topic: int) -> list[list[float]]:
    others = [k for k in np.argsort(-similarity, kind="stable").tolist() if k != topic]
    return [[k, round(float(similarity[k]), 3)] for k in others[:N_NEAREST]]


def _documents(run: Run, rows: list[int], language: str) -> dict[str, Any]:
    texts, length = cut_texts([run.texts[row] for row in rows])
    weights = np.asarray(run.doc_topic[rows], dtype=np.float64)
    main = np.argsort(-weights, axis=1, kind="stable")[:, :N_MAIN]
    return {
        "ids": [str(run.prepared.corpus.row_ids[row]) for row in rows],
        "texts": texts,
        "length": length,
        "main": main.tolist(),
        "weights": rounded(np.take_along_axis(weights, main, axis=1), 3),
        "groups": {g.title(language): g.labels.codes[rows].tolist() for g in run.groups},
    }


def _group(group: DocumentGroups, language: str) -> dict[str, Any]:
    shown = np.sort(np.argsort(-group.means.counts, kind="stable")[:MAX_GROUPS])
    return {
        "name": group.title(language),
        "names": list(group.labels.names),
        "shown": shown.tolist(),
        "ordered": group.ordered,
        **_means(group.means),
    }


def _means(means: GroupMeans) -> dict[str, Any]:
    """Return means topic by topic, as the page draws them."""
    return {
        "counts": means.counts.tolist(),
        "mean": rounded(means.mean.T, 4),
        "low": rounded(means.low.T, 4),
        "high": rounded(means.high.T, 4),
    }


def _history(history: Sequence[Mapping[str, Any]]) -> list[dict[str, float | None]]:
    """Return the numbers of each epoch, in the order of their curves."""
    names = ("epoch", *curves(history))
    return [
        {
            name: finite(entry[name])
            for name in names
            if isinstance(entry.get(name), (int, float)) and not isinstance(entry[name], bool)
        }
        for entry in history
    ]
