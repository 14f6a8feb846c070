"""The page's numbers and texts as one JSON value, rounded to what a reader can see."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from theta.contracts import Metric
from theta.i18n import labels_in, said_in
from theta.report.data import (
    Group,
    OverTime,
    PredictedLabels,
    ReportData,
    SeedWordRanks,
    ShareTable,
)
from theta.report.documents import cut_texts, shown_rows, typical_rows
from theta.report.topic_map import place_topics
from theta.report.words import N_WORDS, STOPS, candidates, word_shares

N_NEAREST = 5
N_TOP = 10
"""Top words of a topic wherever it is not shown alone."""

N_MAIN = 4
"""Topics listed per document."""

MAX_GROUPS = 40
"""Groups drawn per column: those with the most documents."""


def content(data: ReportData) -> dict[str, Any]:
    """Return everything that the page shows, ready for JSON."""
    typical = typical_rows(data.doc_topic, data.texts)
    on_map = None if data.document_map is None else data.document_map.rows
    rows = shown_rows(data.n_docs, on_map, typical, data.seed)
    place = {row: i for i, row in enumerate(rows)}
    return {
        "language": data.language,
        "labels": dict(labels_in(data.language)),
        "title": data.title,
        "facts": [list(fact) for fact in data.facts],
        "nDocs": data.n_docs,
        "metrics": [_metric(metric, data) for metric in data.metrics],
        "told": _told_labels(data.told_labels),
        "ranking": data.ranking,
        "relevance": data.relevance,
        "stops": list(STOPS),
        "nWords": N_WORDS,
        "nTop": N_TOP,
        "topics": _topics(data, [[place[row] for row in own] for own in typical]),
        "docs": _documents(data, rows),
        "map": None
        if data.document_map is None
        else {
            "members": [place[int(row)] for row in data.document_map.rows],
            "points": _fitted(data.document_map.points),
            "method": data.document_map.method,
        },
        "overTime": _over_time(data.over_time),
        "groups": [_group(name, group) for name, group in data.groups.items()],
        "similarity": None
        if data.similarity is None
        else {
            "name": data.similarity_name,
            "order": [int(k) for k in data.similarity_order] or list(range(data.num_topics)),
            "rows": _rounded(data.similarity, 3),
        },
        "history": [_numbers(entry) for entry in data.history],
        "bestEpoch": data.best_epoch,
        "settings": [
            [name, [[k, str(v)] for k, v in s.items()]] for name, s in data.settings.items()
        ],
        "command": data.command,
    }


def _metric(metric: Metric, data: ReportData) -> dict[str, Any]:
    text = data.metric_texts.get(metric.name)
    per_topic = metric.per_topic
    return {
        "name": metric.name,
        "value": _finite(metric.value),
        "interval": None if metric.interval is None else [_finite(v) for v in metric.interval],
        "definition": said_in(data.language, metric.definition),
        "reason": None if metric.reason is None else said_in(data.language, metric.reason),
        "meaning": said_in(data.language, text.meaning) if text else "",
        "better": text.better if text else "",
        "perTopic": None if per_topic is None else [_finite(v) for v in per_topic],
    }


def _told_labels(told: PredictedLabels | None) -> dict[str, Any] | None:
    if told is None:
        return None
    counts = [[int(n) for n in row] for row in told.counts]
    return {"names": list(told.names), "counts": counts, "f1": [_finite(v) for v in told.f1]}


def _topics(data: ReportData, typical: list[list[int]]) -> list[dict[str, Any]]:
    shares = data.doc_topic.mean(axis=0, dtype=np.float64)
    word_share = word_shares(data.word_counts)
    plane = None if data.similarity is None else _fitted(place_topics(data.similarity))
    topics = []
    for k, found in enumerate(candidates(data.topic_word, word_share)):
        own = data.top_words[k].tolist()
        ids = sorted({*found.tolist(), *own})
        place = {v: i for i, v in enumerate(ids)}
        topics.append(
            {
                "id": k,
                **_seed_words(data.guided.get(k)),
                "share": _significant(shares[k]),
                "top": [data.vocabulary[v] for v in own[:N_TOP]],
                "own": [place[v] for v in own],
                "words": [data.vocabulary[v] for v in ids],
                "beta": [_significant(data.topic_word[k, v]) for v in ids],
                "corpus": [_significant(word_share[v]) for v in ids],
                "typical": typical[k],
                "nearest": _nearest(data, k),
                "stability": None if data.stability is None else _finite(data.stability[k]),
                "stable": None if data.stable is None else bool(data.stable[k]),
                "plane": None if plane is None else plane[k],
            }
        )
    return topics


def _seed_words(guided: SeedWordRanks | None) -> dict[str, Any]:
    if guided is None:
        return {"name": "", "seeds": None}
    ranks = sorted(guided.ranks.items(), key=lambda item: item[1])
    seeds = {"ranks": [list(item) for item in ranks], "missing": list(guided.missing)}
    return {"name": guided.name, "seeds": seeds}


def _nearest(data: ReportData, topic: int) -> list[list[float]]:
    if data.similarity is None:
        return []
    others = [k for k in np.argsort(-data.similarity[topic], kind="stable") if k != topic]
    return [[int(k), round(float(data.similarity[topic, k]), 3)] for k in others[:N_NEAREST]]


def _documents(data: ReportData, rows: list[int]) -> dict[str, Any]:
    texts, length = cut_texts([data.texts[row] for row in rows])
    weights = np.asarray(data.doc_topic[rows], dtype=np.float64)
    main = np.argsort(-weights, axis=1, kind="stable")[:, :N_MAIN]
    return {
        "ids": [str(data.row_ids[row]) for row in rows],
        "texts": texts,
        "length": length,
        "main": main.tolist(),
        "weights": _rounded(np.take_along_axis(weights, main, axis=1), 3),
        "groups": {n: [int(g.labels.codes[row]) for row in rows] for n, g in data.groups.items()},
    }


def _over_time(over_time: OverTime | None) -> dict[str, Any] | None:
    if over_time is None:
        return None
    return {
        "unit": over_time.unit,
        "starts": list(over_time.starts),
        **_share_table(over_time.shares),
    }


def _group(name: str, group: Group) -> dict[str, Any]:
    counts = group.shares.counts
    shown = sorted(int(code) for code in np.argsort(-counts, kind="stable")[:MAX_GROUPS])
    return {
        "name": name,
        "names": list(group.labels.names),
        "shown": shown,
        "ordered": group.ordered,
        **_share_table(group.shares),
    }


def _share_table(shares: ShareTable) -> dict[str, Any]:
    """Return the table topic by topic, as the page draws it."""
    return {
        "counts": [int(n) for n in shares.counts],
        "mean": _rounded(shares.mean.T, 4),
        "low": _rounded(shares.low.T, 4),
        "high": _rounded(shares.high.T, 4),
    }


def _fitted(points: Any) -> list[list[int]]:
    """Return points moved and scaled alike in both directions into a square of 10,000."""
    points = np.asarray(points, dtype=np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    span = float((high - low).max()) or 1.0
    fitted = (points - (low + high) / 2) / span * 10_000 + 5_000
    return [[int(x), int(y)] for x, y in np.rint(fitted)]


def _rounded(array: Any, digits: int) -> Any:
    """Return nested lists; null for what is not finite."""
    return [
        [round(float(value), digits) if math.isfinite(value) else None for value in row]
        for row in np.asarray(array, dtype=np.float64)
    ]


def _significant(value: float) -> float:
    return float(f"{float(value):.4g}")


def _finite(value: Any) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{float(value):.6g}")


def _numbers(entry: Any) -> dict[str, float | None]:
    return {
        name: _finite(value)
        for name, value in entry.items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
