"""Log messages about a prepared corpus, and warnings of what does not suit it."""

from __future__ import annotations

import logging

from theta.corpus.documents import Status
from theta.corpus.languages import UNDETERMINED, language_name
from theta.corpus.settings import CorpusReport
from theta.embeddings.sizes import known_size, sizes_reading
from theta.options import PrepareOptions

logger = logging.getLogger(__name__)

_MUCH = 0.05
"""Share of the documents above which missing and unreadable dates are a warning."""


_SHOWN = 80
"""Characters of a line of boilerplate that are shown."""


def log_corpus(report: CorpusReport) -> None:
    """Log how many documents and words the corpus has, and warn of problems."""
    dropped = sum(report.dropped.values())
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in report.dropped.items())
    logger.info(
        "%s documents kept, %s dropped%s; %s train, %s validation, %s test",
        f"{report.documents:,}",
        f"{dropped:,}",
        f" ({reasons})" if reasons else "",
        f"{report.train:,}",
        f"{report.validation:,}",
        f"{report.test:,}",
    )
    taken = {purpose: name for purpose, name in report.columns.items() if name is not None}
    logger.info("Columns: %s", ", ".join(f"{p} from {name!r}" for p, name in taken.items()))
    if report.date_order_how:
        logger.info("Dates in %r are read %s", report.columns["time"], report.date_order_how)
    if report.duplicates and Status.DUPLICATE.reason not in report.dropped:
        logger.info(
            "%s documents repeat an earlier one (--drop_duplicates drops them)",
            f"{report.duplicates:,}",
        )
    logger.info(
        "%s words cover %.1f%% of the word occurrences; language: %s",
        f"{report.words:,}",
        100 * report.coverage,
        report.language_how,
    )
    if report.boilerplate:
        (piece, n), *_ = report.boilerplate
        logger.info(
            "Boilerplate was removed from %s documents (--drop_boilerplate); the most frequent, in "
            '%s: "%s"',
            f"{report.boilerplate_documents:,}",
            f"{n:,}",
            piece if len(piece) <= _SHOWN else f"{piece[: _SHOWN - 1]}…",
        )
    if report.phrases:
        logger.info("%s pairs of words were joined (--phrases)", f"{report.phrases:,}")
    if empty := report.undated - report.unread_dates:
        level = logging.WARNING if empty > _MUCH * report.documents else logging.INFO
        logger.log(
            level,
            "%s documents have no date: their cells in the column %s are empty",
            f"{empty:,}",
            report.columns["time"],
        )
    for note in report.notes:
        logger.warning("%s", note)


def warn_of_unread_languages(options: PrepareOptions, report: CorpusReport) -> None:
    """Warn if the embedding model was not trained on a language of the corpus.

    The languages of models that the user supplies are unknown.
    """
    if options.embedding_model is not None or options.embedding_api_base is not None:
        return
    size = known_size(options.model_size)
    names = [language_name(code) for code in report.languages if code != UNDETERMINED]
    unread = [name for name in names if not size.reads(name)]
    if not unread:
        return
    better = [name for name in sizes_reading(unread[0]) if all(map(known_size(name).reads, unread))]
    logger.warning(
        "--model_size %s was not trained on %s, so its vectors say little about these texts; "
        "choose --model_size %s",
        size.name,
        " and ".join(name.capitalize() for name in unread),
        ", ".join(better),
    )
