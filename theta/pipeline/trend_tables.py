"""The tables of topics over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from theta.layout import RunFiles
from theta.pipeline.csv_tables import write_csv
from theta.plots.topics import TopicLabel
from theta.trends.results import Trends

_WORDS = 10

_SHARES = (
    "topic", "top_words", "period_begin", "period_end", "documents", "share", "standard_error",
    "low", "high", "variance_from_draws", "smooth", "smooth_low", "smooth_high",
)  # fmt: skip

_LINES = (
    "topic", "top_words", "first_date", "last_date", "per", "change", "standard_error", "low",
    "high", "p_value", "p_bh",
)  # fmt: skip

_CHANGES = ("topic", "top_words", "begin", "share_before", "share_after", "p_value", "p_bh")

_PERIOD_WORDS = (
    "topic", "period_begin", "period_end", "documents", "kind", "rank", "word", "probability", "z",
)  # fmt: skip


def write_trend_tables(files: RunFiles, trends: Trends, topics: Sequence[TopicLabel]) -> None:
    """Write the tables of topics over time.

    Parameters
    ----------
    files : RunFiles
    trends : Trends
    topics : sequence of TopicLabel
    """
    named = [(topic.number, " ".join(topic.top(_WORDS))) for topic in topics]
    write_csv(files.shares_over_time, _SHARES, _share_rows(trends, named))
    write_csv(
        files.trends_table,
        _LINES,
        (
            [*name, trends.first, trends.last, trends.per, *line]
            for name, line in zip(named, trends.lines, strict=True)
        ),
    )
    if trends.changes is not None:
        write_csv(
            files.change_points,
            _CHANGES,
            (
                [*named[one.topic], one.begin, one.before, one.after, one.p_value, one.p_bh]
                for one in trends.changes
            ),
        )
    numbers = [topic.number for topic in topics]
    write_csv(files.words_by_period, _PERIOD_WORDS, _word_rows(trends, numbers))


def _share_rows(trends: Trends, named: Sequence[tuple[int, str]]) -> Iterator[list[object]]:
    periods = list(zip(trends.starts, trends.ends, trends.counts, strict=True))
    for topic, name in enumerate(named):
        columns = zip(*(rows[topic] for rows in trends.shares), strict=True)
        for period, values in zip(periods, columns, strict=True):
            yield [*name, *period, *values]


def _word_rows(trends: Trends, numbers: Sequence[int]) -> Iterator[list[object]]:
    for one in trends.words:
        where = [numbers[one.topic], one.begin, one.end, one.documents]
        for rank, (word, value) in enumerate(
            zip(one.words, one.probabilities, strict=True), start=1
        ):
            yield [*where, "probable", rank, word, value, None]
        for rank, (word, z) in enumerate(zip(one.distinctive, one.z, strict=True), start=1):
            yield [*where, "distinctive", rank, word, None, z]
