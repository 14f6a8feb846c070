"""Report how well the topics of a run meet their descriptions."""

from __future__ import annotations

import logging

from theta.run import Run
from theta.run.described import definition

logger = logging.getLogger(__name__)


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
