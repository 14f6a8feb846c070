"""Calibrated topic shares of a run: the topics that they are of, and the files that keep them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.effects.calibration import CalibratedTopic, Calibration
from theta.layout import RunFiles
from theta.models.topic_words import log_word_frequencies, relevance
from theta.pipeline.csv_tables import write_csv
from theta.run import Run

logger = logging.getLogger(__name__)

_RELEVANCE = 0.6
"""λ of the words of calibrated topics (Sievert & Shirley 2014)."""

_WORDS, _NAMED = 10, 3
"""Words of a topic in the table, and in a warning."""

_ALIKE = 0.5
"""Mean overlap of topics beyond which their shares are a warning."""


_COLUMNS = (
    "topic", "top_words", "calibrated_top_words", "overlap", "share", "share_in_the_run",
)  # fmt: skip


def describe_calibration(
    run: Run, prevalence: str, rows: NDArray[np.intp] | None = None
) -> Calibration:
    """Return how the shares of a run were calibrated.

    Parameters
    ----------
    run : Run
    prevalence : str
        What the prior mean depends on.
    rows : (n_rows,) int, optional
        The documents; all by default.
    """
    start, before = run.calibration, run.doc_topic
    if rows is not None:
        start, before = start.at(rows), before[rows]
    log = np.log(start.topic_word)
    frequencies = log_word_frequencies(run.prepared.corpus.bow)
    ranked = np.argsort(-relevance(log, frequencies, _RELEVANCE), axis=1)
    topics = [
        CalibratedTopic([run.vocabulary[v] for v in words[:_WORDS]], *numbers)
        for words, *numbers in zip(
            ranked.tolist(),
            np.minimum(start.topic_word, run.topic_word).sum(axis=1).tolist(),
            start.mean_shares.tolist(),
            before.mean(axis=0, dtype=np.float64).tolist(),
            strict=True,
        )
    ]
    perplexity = {str(steps): value for steps, value in start.perplexity.items()}
    return Calibration(
        prevalence,
        start.em_steps,
        perplexity,
        topics,
        start.blurred,
        start.overlap,
        len(start.topic_draws),
        start.undetermined,
        start.turned,
    )


def warn_of_topics(run: Run) -> None:
    """Warn of topics whose words do not tell their shares apart."""
    if run.calibration.undetermined:
        tokens = run.prepared.corpus.bow.sum(axis=1)
        logger.warning(
            "the words do not tell topics and shares apart (median document: %.0f tokens), as "
            "where short documents mix most topics: sharper topics with more equal shares explain "
            "them as well. Sizes of differences and their intervals are not to be trusted; fewer "
            "topics or longer documents help",
            np.median(tokens),
        )
    if run.calibration.turned:
        logger.warning(
            "the words of the documents would turn topics into others (%s), as where a topic holds "
            "two subjects or repeated text: the topics count as known, and intervals leave out "
            "what is uncertain about them. theta edit splits or drops such topics",
            "; ".join(
                f"{run.labels[k].number} {' '.join(run.labels[k].top(_NAMED))}"
                for k in run.calibration.turned
            ),
        )
    if run.calibration.overlap > _ALIKE:
        logger.warning(
            "the words of two topics overlap by %.0f %% on average: the texts hardly tell the "
            "topics apart, and differences in their shares can be far too large",
            100 * run.calibration.overlap,
        )


def write_calibration(run: Run, files: RunFiles) -> None:
    """Write the calibrated topics of a run and what the next analysis starts from, if computed."""
    if "calibration" not in vars(run):
        return
    storage.write_npz(files.calibration, run.calibration.arrays())
    write_csv(files.calibrated_topics, _COLUMNS, _rows(run, describe_calibration(run, "")))


def _rows(run: Run, calibration: Calibration) -> Iterator[list[object]]:
    for label, topic in zip(run.labels, calibration.topics, strict=True):
        words = " ".join(label.top(_WORDS)), " ".join(topic.words)
        yield [label.number, *words, topic.overlap, topic.share, topic.share_before]
