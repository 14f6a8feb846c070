"""Names of the topics of a run by a language model on a server."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from theta import storage
from theta.corpus.languages import UNDETERMINED
from theta.corpus.store import read_texts
from theta.embeddings.api_client import ApiServer, Chat
from theta.errors import ThetaError
from theta.layout import RunFiles
from theta.models.naming.by_model import (
    N_TEXTS,
    TEXT_LENGTH,
    Answer,
    TopicTexts,
    ask_for_names,
    prompt,
)
from theta.models.naming.names import TopicName
from theta.options import RunOptions
from theta.options.finished_run import LabelOptions
from theta.run import Run
from theta.run.folder import RunFolder
from theta.run.naming import name_fresh_topics

logger = logging.getLogger(__name__)

_EXAMINED = 3 * N_TEXTS
"""Documents among which the typical ones of a topic are chosen: some are reposts."""


def name_by_model(run: Run, server: ApiServer, earlier: Mapping[str, Any] | None) -> dict[str, Any]:
    """Name the topics of a run by a language model, except those that the user named.

    Topics that get no name from the model are named from the texts.

    Parameters
    ----------
    run : Run
    server : ApiServer
    earlier : mapping, optional
        Content of an earlier label_answers.json. Its answers are not asked for again.

    Returns
    -------
    dict
        The content of label_answers.json.

    Raises
    ------
    ThetaError
        If the server does not answer, or the client cannot be used.
    """
    chat = Chat(server)
    known_answers: dict[str, str] = {}
    if earlier is not None and earlier["model"] == server.model:
        known_answers = {entry["prompt"]: entry["answer"] for entry in earlier["answers"]}
    language = (run.prepared.corpus.languages or (UNDETERMINED,))[0]
    topics = _topic_texts(run)
    _warn(topics, [topic for topic in topics if prompt(topic, language, {}) not in known_answers],
          server)  # fmt: skip

    def ask(question: str) -> str:
        return known_answers[question] if question in known_answers else chat.ask(question)

    vocabulary = frozenset(word.lower() for word in run.vocabulary)
    names, answers = ask_for_names(
        topics, ask, language, vocabulary.__contains__, run.given_names.values()
    )
    run.earlier_names = names
    run.take_names(name_fresh_topics(run))
    _report(run, names, answers)
    return {
        "url": server.url,
        "model": server.model,
        "answers": [asdict(answer) for answer in answers],
    }


def server_of(options: RunOptions | LabelOptions) -> ApiServer | None:
    """Return the server that the options name; None if they name none."""
    if options.label_api_base is None or options.label_model is None:
        return None
    return ApiServer(
        options.label_api_base,
        options.label_model,
        options.label_api_key_env,
        flags="--label_api",
        model_flag="--label_model",
    )


def announced_server(options: RunOptions | LabelOptions) -> ApiServer | None:
    """Return the server that is to name the topics, and say what goes there.

    Raises
    ------
    InvalidOption, ThetaError
        If the client cannot be used.
    """
    server = server_of(options)
    if server is not None:
        server.connect()
        logger.warning(
            "Texts will leave this process: the top words of each topic and the beginnings of %d "
            "of its documents (%d characters each) are sent to %s, to name the topics.",
            N_TEXTS,
            TEXT_LENGTH,
            server.url,
        )
    return server


def read_answers(files: RunFiles) -> Mapping[str, Any] | None:
    """Return the content of label_answers.json; None if there is no finished run with one."""
    if not files.manifest.is_file() or not files.label_answers.is_file():
        return None
    content: Mapping[str, Any] = RunFolder(files.root, "").json(files.label_answers)
    return content


def write_answers(files: RunFiles, record: Mapping[str, Any] | None) -> None:
    """Write label_answers.json; remove it if no language model has named the topics."""
    if record is None:
        files.label_answers.unlink(missing_ok=True)
    else:
        storage.write_json(files.label_answers, record)


def carry_answers(old: RunFiles, new: RunFiles) -> None:
    """Copy label_answers.json of a run into the folder that replaces it."""
    if old.label_answers.is_file():
        shutil.copyfile(old.label_answers, new.label_answers)


def _topic_texts(run: Run) -> list[TopicTexts]:
    """Return what the language model sees of each topic that the user has not named."""
    files = run.prepared.corpus_files
    rows = {
        number: np.argsort(-run.doc_topic[:, k], kind="stable")[:_EXAMINED]
        for k, number in enumerate(run.numbers)
        if number not in run.given_names
    }
    wanted = np.unique(np.concatenate([*rows.values(), np.zeros(0, np.intp)]))
    texts = dict(zip(wanted.tolist(), read_texts(files, wanted), strict=True))
    return [
        TopicTexts(
            number,
            [word for word, _ in run.topic_words[run.numbers.index(number)]],
            _excerpts([texts[row] for row in own.tolist()]),
        )
        for number, own in rows.items()
    ]


def _excerpts(texts: Sequence[str]) -> list[str]:
    """Return the beginnings of the first distinct texts."""
    cut = dict.fromkeys(" ".join(text.split())[:TEXT_LENGTH] for text in texts)
    return list(cut)[:N_TEXTS]


def _warn(topics: Sequence[TopicTexts], asked: Sequence[TopicTexts], server: ApiServer) -> None:
    if not asked:
        logger.info("The answers of %s to all %d topics are there", server.model, len(topics))
        return
    logger.warning(
        "Texts leave this process now: the top words of %d topics and the beginnings of %d "
        "documents (%d characters each) are sent to %s, to be named by %s.",
        len(asked),
        sum(len(topic.texts) for topic in asked),
        TEXT_LENGTH,
        server.url,
        server.model,
    )


def _report(run: Run, names: Mapping[int, TopicName], answers: Sequence[Answer]) -> None:
    """Log how many topics the model named, and why others have names from the texts."""
    last = {answer.topic: answer for answer in answers}
    logger.info("Named %d of %d topics by the language model", len(names), len(last))
    for number, answer in last.items():
        if answer.refused:
            logger.warning(
                "Topic %d keeps the name %s from the texts: the answer %r is refused, because %s",
                number,
                run.names[run.numbers.index(number)],
                " ".join(answer.answer.split())[:80],
                answer.refused,
            )


def name_after_training(run: Run, server: ApiServer, earlier: Mapping[str, Any] | None) -> Any:
    """Name the topics of a run that was just trained; a server that fails does not lose the run.

    The parameters and the result are those of `name_by_model`; None if the server failed.
    """
    try:
        return name_by_model(run, server, earlier)
    except ThetaError as error:
        logger.warning(
            "Topics are named from the texts, because the language model gave no names: %s; to "
            "ask it again: theta label --run %s --label_api_base %s --label_model %s",
            error,
            run.files.root,
            server.url,
            server.model,
        )
        return None
