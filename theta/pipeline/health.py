"""Report problems of a finished run, with the command that may fix them, and its descriptions."""

from __future__ import annotations

import logging
from typing import Any

from theta import storage
from theta.evaluation.topic_flags import TopicFlag
from theta.layout import RunFiles
from theta.run import Run
from theta.run.config import repeat_command
from theta.run.described import definition

logger = logging.getLogger(__name__)


_WARNED = 10
"""Flagged topics that are a warning each."""


def report_health(run: Run) -> None:
    """Log a summary of the topics and warn of each problem."""
    logger.info("Topics: %s", run.health.summary())
    for finding in run.health.findings:
        hint = f"; try {finding.flags}" if finding.options else ""
        logger.warning("%s%s", finding.message, hint)
    for flag in run.topic_flags[:_WARNED]:
        logger.warning("%s; try %s", flag.message, " or ".join(cures(flag)))
    if more := run.topic_flags[_WARNED:]:
        logger.warning("%d more topics are flagged: see the column flags of topics.csv", len(more))


def cures(flag: TopicFlag) -> list[str]:
    """Return the edit that cures a flagged topic and the preparation that prevents it."""
    edit = f'theta edit with "{flag.step}"'
    return [edit, f"prepare_data.py {flag.flags}"] if flag.options else [edit]


def describe_health(run: Run) -> dict[str, Any]:
    """Return the record for training_history.json."""
    health = run.health
    return {
        "used_topics": health.num_topics - len(health.unused),
        "unused_topics": health.unused,
        "doubled_topics": [list(pair) for pair in health.doubled],
        "uniform_documents": health.uniform_documents,
        "findings": [
            {
                "name": finding.name,
                "message": finding.message,
                "options": dict(finding.options),
                "command": repeat_command(run.config, finding.options) if finding.options else None,
            }
            for finding in health.findings
        ],
        "topics": [flag.record() for flag in run.topic_flags],
    }


def warn_of_replacement(files: RunFiles, model_options: Any) -> None:
    """Warn that a run with edits or another number of topics is about to be replaced."""
    num_topics = getattr(model_options, "num_topics", None)
    if not (files.manifest.exists() and files.config.exists()):
        return
    config = storage.read_json(files.config)
    if config.get("edits"):
        logger.warning(
            "%s has edited topics, which are lost once this run is finished; to keep them, use "
            "--output_dir",
            files.root,
        )
    before = config["model_options"].get("num_topics")
    if before != num_topics:
        logger.warning(
            "%s has a run with --num_topics %s, which this one replaces once it is finished; "
            "to keep both, use --output_dir",
            files.root,
            before,
        )


def report_descriptions(run: Run) -> None:
    """Log how well each described topic meets its description; warn of those that do not."""
    for met in run.described:
        logger.info("Topic %d is %s: %s", met.topic, met.name, met.sentence)
    for met in run.described:
        if met.is_missed:
            logger.warning(
                "Topic %d does not meet its description (%s): few documents are about it, or it "
                "needs a topic of its own; try more --num_topics, or describe it in other words",
                met.topic,
                met.name,
            )
    if run.described and run.fits is None:
        logger.warning(
            "Too few documents were held out to say which of them fit the descriptions: there is "
            "no column fits"
        )
    elif run.described:
        logger.info("Column fits: %s", definition())
