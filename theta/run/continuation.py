"""A finished run as the start of another training."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from theta import storage
from theta.embeddings.load import embedding_facts
from theta.errors import InvalidOption, MissingFile
from theta.models.base import ContinuesTopics
from theta.models.earlier_topics import EarlierTopics
from theta.run.prepared import Prepared
from theta.run.preprocessing import PRECOMPUTED
from theta.run.run import Run

logger = logging.getLogger(__name__)

_LEAST_KNOWN = 0.5
"""Share of a topic's words, by probability, below which little is left of it."""


def open_earlier(folder: Path, prepared: Prepared) -> Run:
    """Return the finished run that ``--update`` names, checked against the data to train on.

    Parameters
    ----------
    folder : Path
    prepared : Prepared

    Raises
    ------
    MissingFile
        If there is no finished run.
    InvalidOption
        If its model cannot go on from topics, or its vectors are those of another encoder.
    """
    try:
        run = Run.open(folder, prepared.project)
    except MissingFile as error:
        problem = f"--update {folder}: there is no finished run to continue from ({error.problem})"
        raise MissingFile(problem) from error
    if not isinstance(run.model, ContinuesTopics):
        raise InvalidOption(
            f"--update {folder} is a run of {run.model.name}, which cannot continue from its topics"
        )
    then, files = run.preprocessing.embedding, prepared.embedding_files
    now = None if files is None else embedding_facts(files, "")
    if then is None or now is None or PRECOMPUTED in (then["model"], now["model"]):
        raise InvalidOption(
            f"--update {folder}: vectors were passed from Python, so it is not known whether they "
            "are of the same encoder; train on the embeddings of prepare_data.py"
        )
    if (then["space"], then["dim"]) != (now["space"], now["dim"]):
        raise InvalidOption(
            f"--update {folder}: its vectors are of {then['model']} ({then['space']}), those of "
            f"{prepared.dataset} of {now['model']} ({now['space']}); prepare {prepared.dataset} "
            "with the encoder and mode of the run"
        )
    return run


def run_fingerprint(run: Run) -> str:
    """Return what changes when the topics of a finished run change."""
    assert run.folder is not None
    entries = run.folder.manifest["files"]
    names = (run.files.weights, run.files.topic_word, run.files.history)
    return storage.fingerprint(
        [entries[str(path.relative_to(run.files.root))]["sha256"] for path in names]
    )


def earlier_topics(run: Run, n_new: int, prepared: Prepared) -> EarlierTopics:
    """Return the topics of a run over the words of other data.

    Parameters
    ----------
    run : Run
        Result of `open_earlier`.
    n_new : int
        Number of new topics.
    prepared : Prepared

    Raises
    ------
    InvalidOption
        If the two have no word in common.
    """
    column = {word: v for v, word in enumerate(run.vocabulary)}
    columns = np.array([column.get(word, -1) for word in prepared.corpus.vocabulary])
    known = columns >= 0
    if not known.any():
        raise InvalidOption(
            f"--update {run.files.root}: its vocabulary has no word in common with that of "
            f"{prepared.dataset}"
        )
    topic_word = np.zeros((run.num_topics, len(columns)), dtype=np.float32)
    topic_word[:, known] = run.topic_word[:, columns[known]]
    following = run.facts.get("next_topic_number", max(run.numbers) + 1)
    embedded = run.output.topic_embeddings
    assert embedded is not None
    fit = run.description_fit
    return EarlierTopics(
        numbers=(*run.numbers, *range(following, following + n_new)),
        topic_word=topic_word,
        known=known,
        centers=embedded + run.state["encoder.center"],
        names=run.given_names,
        sources=run.facts.get("topic_sources", {}),
        descriptions=None if fit is None else (run.facts["described_topics"], fit.vectors),
        fingerprint=run_fingerprint(run),
    )


def report_words(run: Run, earlier: EarlierTopics) -> None:
    """Log how many words are new and gone; warn of topics that lost most of theirs."""
    n_common, n_words = int(earlier.known.sum()), len(earlier.known)
    logger.info(
        "Continuing from %s: %s of its %s words are still in the vocabulary, %s words are new",
        run.files.root,
        f"{n_common:,}",
        f"{len(run.vocabulary):,}",
        f"{n_words - n_common:,}",
    )
    left = earlier.topic_word.sum(axis=1)
    for number, share in zip(run.numbers, left.tolist(), strict=True):
        if share < _LEAST_KNOWN:
            logger.warning(
                "Topic %d: only %.0f%% of its words, by probability, are still in the vocabulary",
                number,
                100 * share,
            )
