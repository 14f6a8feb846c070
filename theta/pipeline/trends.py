"""Topics over time: estimated, written and drawn for a run."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path

from theta import storage
from theta.contracts import ModelTable
from theta.errors import InvalidOption
from theta.layout import ProjectPaths, RunFiles
from theta.options import RunOptions
from theta.options.finished_run import TrendOptions
from theta.pipeline.calibration import write_calibration
from theta.pipeline.share_analysis import ShareSource, add_to_run
from theta.pipeline.trend_tables import write_trend_tables
from theta.plots.means import Periods, periods_of, why_no_periods
from theta.run import Run
from theta.trends.analysis import estimate_trends
from theta.trends.results import Trends
from theta.trends.words import PeriodWords, words_by_period

logger = logging.getLogger(__name__)

CHART = "topics_over_time"

_MOST_CALIBRATED = 50_000
"""Documents whose shares are calibrated without being asked for."""

_WORDS_BY_SLICE = "topic_words_by_slice"


def find_trends(run: Run, options: RunOptions | TrendOptions, device: str) -> Trends:
    """Return the topics of a run over time.

    Parameters
    ----------
    run : Run
        Its documents have at least two different dates.
    options : RunOptions or TrendOptions
        The period, and which topic shares.
    device : str
        For the posterior of models that are networks.

    Raises
    ------
    InvalidOption
        If the period does not suit the dates.
    """
    began = time.perf_counter()
    times = run.prepared.corpus.times
    assert times is not None
    periods = periods_of(times, options.period)
    source = ShareSource(run, options.shares, options.draws, device)
    draws, posterior = source.draws()
    words, words_from = _words(run, periods)
    trends = estimate_trends(periods, times, draws, words, posterior, words_from)
    logger.info(
        "Topics over time: %d periods (%s), %d draws, %.1f s",
        len(periods.starts),
        periods.unit,
        trends.n_draws,
        time.perf_counter() - began,
    )
    return trends


def _words(run: Run, periods: Periods) -> tuple[list[PeriodWords], str]:
    own = next((table for table in run.tables if table.name == _WORDS_BY_SLICE), None)
    if own is not None:
        return _words_of_model(own), "model"
    corpus = run.prepared.corpus
    days = [
        (str(first), str(last)) for first, last in zip(periods.starts, periods.ends, strict=True)
    ]
    found = words_by_period(
        corpus.bow, run.doc_topic, run.topic_word, periods.codes, days, corpus.vocabulary
    )
    return found, "documents"


def _words_of_model(table: ModelTable) -> list[PeriodWords]:
    """Return the words of a model that has words by time slice, such as DTM."""
    by_slice: dict[tuple[int, str, str, int], list[tuple[str, float]]] = {}
    for topic, begin, end, documents, _, word, probability in table.rows:
        key = (int(topic or 0), str(begin), str(end), int(documents or 0))
        by_slice.setdefault(key, []).append((str(word), float(probability or 0)))
    return [
        PeriodWords(*key, [word for word, _ in words], [chance for _, chance in words])
        for key, words in by_slice.items()
    ]


def renew_trends(
    run: Run, files: RunFiles, options: RunOptions | TrendOptions, device: str
) -> None:
    """Estimate and write the topics of a run over time, if its documents have dates.

    Nobody asked for it, so that shares are calibrated only if that takes less than a training.
    """
    times = run.prepared.corpus.times
    if times is None or why_no_periods(times) is not None:
        return
    if len(times) > _MOST_CALIBRATED and options.shares != "model":
        logger.info(
            "Topics over time are of the shares of the model, since there are more than %s "
            "documents; theta trends --run %s estimates them with calibrated shares",
            f"{_MOST_CALIBRATED:,}",
            run.files.root,
        )
        options = replace(options, shares="model")
    run.trends = find_trends(run, options, device)
    write_trends(run, files)


def write_trends(run: Run, files: RunFiles) -> None:
    """Write the topics of a run over time: as JSON, and as tables."""
    assert run.trends is not None
    files.trends_folder.mkdir(parents=True, exist_ok=True)
    storage.write_json(files.trends, run.trends.to_json())
    write_trend_tables(files, run.trends, run.labels)
    write_calibration(run, files)


def add_trends(
    folder: Path, project: ProjectPaths, options: TrendOptions, device: str
) -> tuple[Run, list[Path]]:
    """Estimate the topics over time in a finished run; write tables, the figure and the page.

    Returns and raises what `add_to_run` does.

    Raises
    ------
    InvalidOption
        If the documents have no dates, all are equal, or the period does not suit them.
    """

    def analyse(run: Run) -> None:
        times = run.prepared.corpus.times
        if times is None:
            raise InvalidOption(
                f"{folder}: the documents have no dates; prepare them again with --time_column "
                "COLUMN"
            )
        if (reason := why_no_periods(times)) is not None:
            raise InvalidOption(f"{folder}: {reason}, so nothing can change over time")
        run.trends = find_trends(run, options, device)

    return add_to_run(folder, project, options, analyse, write_trends, (CHART,))
