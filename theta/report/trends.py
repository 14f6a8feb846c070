"""What the page shows of topics over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theta.plots.topics import TopicLabel
from theta.trends.results import Rows, Trends
from theta.trends.summary import change_text, clear_topics, line_text, method, notes, summary


def over_time(trends: Trends, topics: Sequence[TopicLabel]) -> dict[str, Any]:
    """Return the topics over time, topic by topic, ready for JSON."""
    clear = clear_topics(trends)
    shares, changes = trends.shares, trends.changes or ()
    place = {start: i for i, start in enumerate(trends.starts)}
    return {
        "unit": trends.unit,
        "starts": trends.starts,
        "counts": trends.counts,
        "method": method(trends),
        "notes": notes(trends),
        "summary": summary(trends, [topic.heading() for topic in topics]),
        "mean": _rounded(shares.mean),
        "low": _rounded(shares.low),
        "high": _rounded(shares.high),
        "smooth": _rounded(shares.smooth),
        "smoothLow": _rounded(shares.smooth_low),
        "smoothHigh": _rounded(shares.smooth_high),
        "topics": [
            {
                "sentences": [
                    *([line_text(trends, topic)] if topic in clear else []),
                    *(change_text(one) for one in changes if one.topic == topic),
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


def _rounded(rows: Rows) -> list[list[float | None]]:
    return [[None if value is None else round(value, 4) for value in row] for row in rows]
