"""What the page shows of effects, trends, correlations, moves and descriptions of topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from theta.effects.results import Effects, Quantity
from theta.effects.summary import describe
from theta.effects.targets import View
from theta.effects.variables import date_of
from theta.effects.views import CLEAR, Lines, effect_text, lines_of, panels_of
from theta.plots.topic_network import Edge, strongest
from theta.plots.topics import TopicLabel
from theta.relations import summary as relation_text
from theta.relations.analysis import Relations
from theta.report.numbers import rounded
from theta.run import Run
from theta.trends import summary as trend_text
from theta.trends.results import Trends

MAX_PANELS = 12
"""Effects of a variable that are drawn."""


def effect_views(effects: Effects) -> dict[str, Any]:
    """Return the views of effects, ready for JSON."""
    method, *notes = describe(effects)
    return {
        "method": method,
        "notes": notes,
        "views": [_view(effects, view) for view in effects.views],
    }


def _view(effects: Effects, view: View) -> dict[str, Any]:
    shown: dict[str, Any] = {"term": view.term, "variable": view.variable}
    if view.kind == "dots":
        panels = panels_of(effects, view)[:MAX_PANELS]
        return {**shown, "panels": [_panel(quantity) for quantity in panels]}
    lines = lines_of(effects, view)
    return {
        **shown,
        "names": _names(lines),
        "lines": [
            {
                "name": name,
                **{
                    field: [_short(getattr(quantity.numbers, field)) for quantity in quantities]
                    for field in ("estimate", "low", "high")
                },
            }
            for name, quantities in zip(lines.groups, lines.lines, strict=True)
        ],
    }


def _panel(quantity: Quantity) -> dict[str, Any]:
    one = quantity.numbers
    return {
        "name": effect_text(quantity),
        "estimate": _short(one.estimate),
        "low": _short(one.low),
        "high": _short(one.high),
        "clear": [value is not None and value <= CLEAR for value in one.p_bh],
    }


def _names(lines: Lines) -> list[str]:
    if lines.is_date:
        return [str(date_of(float(value))) for value in lines.values]
    return [value if isinstance(value, str) else f"{value:.4g}" for value in lines.values]


def over_time(trends: Trends, topics: Sequence[TopicLabel]) -> dict[str, Any]:
    """Return the topics over time, topic by topic, ready for JSON."""
    clear = trend_text.clear_topics(trends)
    shares, changes = trends.shares, trends.changes or ()
    place = {start: i for i, start in enumerate(trends.starts)}
    return {
        "unit": trends.unit,
        "starts": trends.starts,
        "counts": trends.counts,
        "method": trend_text.method(trends),
        "notes": trend_text.notes(trends),
        "summary": trend_text.summary(trends, [topic.heading() for topic in topics]),
        "mean": rounded(shares.mean, 4),
        "low": rounded(shares.low, 4),
        "high": rounded(shares.high, 4),
        "smooth": rounded(shares.smooth, 4),
        "smoothLow": rounded(shares.smooth_low, 4),
        "smoothHigh": rounded(shares.smooth_high, 4),
        "topics": [
            {
                "sentences": [
                    *([trend_text.line_text(trends, topic)] if topic in clear else []),
                    *(trend_text.change_text(one) for one in changes if one.topic == topic),
                ],
                "changes": [place[one.begin] for one in changes if one.topic == topic],
                "words": [
                    {
                        "begin": one.begin,
                        "documents": one.documents,
                        "words": one.words,
                        "distinctive": one.distinctive,
                    }
                    for one in trends.words
                    if one.topic == topic
                ],
            }
            for topic in range(len(topics))
        ],
        "wordsFrom": trends.words_from,
    }


def correlations(relations: Relations, order: Sequence[int], num_topics: int) -> dict[str, Any]:
    """Return the clear correlations, the strongest first, ready for JSON.

    Parameters
    ----------
    relations : Relations
    order : sequence of int
        The topics around the circle of the network.
    num_topics : int
    """
    clear = relations.clear
    drawn = strongest(
        [Edge(pair.first, pair.second, pair.correlation) for pair in clear], num_topics
    )
    return {
        "method": relation_text.method(relations),
        "notes": relation_text.notes(relations),
        "order": list(order),
        "drawn": len(drawn),
        "pairs": [
            {
                "topics": [pair.first, pair.second],
                "correlation": round(pair.correlation, 3),
                "text": relation_text.pair_text(pair),
            }
            for pair in clear
        ],
    }


def topic_moves(run: Run) -> dict[str, Any] | None:
    """Return the moves, those that moved most first, ready for JSON; None without ``--update``."""
    update = run.facts.get("update")
    if update is None:
        return None
    topics = [
        {
            "topic": run.numbers.index(record["topic"]),
            "distance": record.get("distance"),
            "before": record.get("share_before"),
            "share": record["share"],
            "left": record.get("left", []),
            "came": record.get("came", record["top_words"]),
        }
        for record in update["topics"]
        if record["topic"] in run.numbers
    ]
    # New topics come first: all of their words are new.
    topics.sort(key=lambda one: -2 if one["distance"] is None else -one["distance"])
    return {"run": update["run"], "topics": topics}


def described_topics(run: Run, position: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return the described topics, ready for JSON.

    Parameters
    ----------
    run : Run
    position : mapping of int to int
        Position on the page of each document that it has, by row.
    """
    return [
        {
            "topic": run.numbers.index(met.topic),
            "description": met.description,
            "documents": met.documents,
            "fitting": met.fitting,
            "similarity": _rounded(met.similarity),
            "others": _rounded(met.others),
            "threshold": _rounded(met.threshold),
            "ranks": [list(item) for item in met.ranks.items()],
            "best": [position[row] for row in met.best],
        }
        for met in run.described
    ]


def _short(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else float(f"{value:.5g}") for value in values]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
