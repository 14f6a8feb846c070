"""Whether the embedding model was trained on the language of the texts."""

from __future__ import annotations

import logging

from theta.corpus.languages import UNDETERMINED, language_name
from theta.corpus.settings import CorpusReport
from theta.embeddings.sizes import known_size, sizes_reading
from theta.options import PrepareOptions

logger = logging.getLogger(__name__)


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
