"""Making the embeddings of a prepared corpus, with the adapter that they need."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import compress
from pathlib import Path

from theta import storage
from theta.contracts import Split
from theta.corpus.ledger import mark_truncated
from theta.corpus.phrases import natural_text
from theta.corpus.settings import CorpusReport
from theta.corpus.store import (
    corpus_fingerprint,
    iterate_documents,
    iterate_first_halves,
    iterate_texts,
    load_corpus,
    read_vocabulary,
    user_columns,
)
from theta.devices.threads import computing_with, embedding_threads
from theta.embeddings.api import TextRefused
from theta.embeddings.embed import Texts, embed_corpus
from theta.embeddings.finetune import finetune_adapter
from theta.embeddings.load import embedding_facts, load_truncated
from theta.embeddings.settings import EmbeddingSettings, FinetuneSettings
from theta.embeddings.space import find_space
from theta.errors import InvalidOption, MissingFile, ThetaError
from theta.layout import CorpusFiles, EmbeddingFiles, ProjectPaths
from theta.options import PrepareOptions
from theta.pipeline.device import choose_device
from theta.pipeline.labels import training_labels, warn_of_rare_labels
from theta.pipeline.prepare_settings import WantedEmbeddings, embedding_settings
from theta.run.prepared import required_dataset

logger = logging.getLogger(__name__)


def renew_embeddings(
    wanted: WantedEmbeddings,
    options: PrepareOptions,
    project: ProjectPaths,
    report: CorpusReport,
    fingerprint: str,
) -> list[str]:
    """Make the embeddings of a corpus unless they are up to date.

    Parameters
    ----------
    wanted : WantedEmbeddings
    options : PrepareOptions
    project : ProjectPaths
    report : CorpusReport
    fingerprint : str
        Fingerprint of the corpus.

    Returns
    -------
    list of str
        The parts that were made: ``adapter``, ``embeddings``.
    """
    files = wanted.files
    reason = wanted.stale_reason(fingerprint)
    if options.force and reason is None:
        reason = "--force"
    if reason is None:
        logger.info("The embeddings are up to date: %s", files.root)
        return []
    logger.info("Embedding: %s", reason)
    _warn_of_replaced_model(files, wanted.settings, options.model_size)
    corpus_files = project.corpus(required_dataset(options))
    settings = embedding_settings(options, project, choose_device(options.gpu, embeds=True))
    renewed = ["embeddings"]
    with computing_with(embedding_threads(options.threads)):
        if wanted.tuning is not None:
            # A Mac's GPU has not been shown to train to the same adapter.
            device = "cpu" if settings.device == "mps" else settings.device
            on_device = replace(settings, device=device)
            adapter = _finetune(corpus_files, files, on_device, wanted.tuning)
            settings = replace(settings, adapter=adapter)
            renewed.insert(0, "adapter")
        _embed(corpus_files, report, files, settings, fingerprint)
    return renewed


def _warn_of_replaced_model(files: EmbeddingFiles, settings: EmbeddingSettings, name: str) -> None:
    """Warn that vectors of another model are stored under this name and will be replaced."""
    try:
        before = embedding_facts(files, "")
    except (MissingFile, storage.Damaged):
        return
    now = find_space(settings)
    if before["space"].get("model") != now.facts["model"]:
        logger.warning(
            "The embeddings stored under %s were made by %s; those of %s replace them. To keep "
            "both, type another --model_size NAME beside --embedding_model.",
            name,
            before["model"],
            now.model,
        )


def _finetune(
    corpus_files: CorpusFiles,
    files: EmbeddingFiles,
    settings: EmbeddingSettings,
    tuning: FinetuneSettings,
) -> Path:
    """Fine-tune an adapter on the training documents of a corpus and return its folder.

    Raises
    ------
    InvalidOption
        If the labels cannot be learnt.
    """
    corpus = load_corpus(corpus_files)
    train = corpus.rows(Split.TRAIN)
    codes = None
    if tuning.supervised:
        labels = training_labels(corpus, user_columns(corpus_files))
        warn_of_rare_labels(labels)
        codes = labels.codes[train]
    is_train = corpus.split == Split.TRAIN
    return finetune_adapter(
        Texts(lambda: compress(_texts(corpus_files), is_train), len(train)),
        codes,
        files=files,
        settings=settings,
        tuning=tuning,
    )


def _texts(corpus_files: CorpusFiles) -> Iterator[str]:
    return (text for texts in iterate_texts(corpus_files) for text in texts)


def _embed(
    corpus_files: CorpusFiles,
    report: CorpusReport,
    files: EmbeddingFiles,
    settings: EmbeddingSettings,
    fingerprint: str,
) -> None:
    """Embed the documents, the words and the first halves of the test documents."""
    vocabulary = read_vocabulary(corpus_files)
    try:
        embed_corpus(
            documents=Texts(lambda: _texts(corpus_files), report.documents),
            words=Texts.of([natural_text(word) for word in vocabulary]),
            test_halves=Texts(
                lambda: (t for texts in iterate_first_halves(corpus_files) for t in texts),
                report.test,
            ),
            files=files,
            settings=settings,
            corpus_fingerprint=fingerprint,
        )
    except TextRefused as error:
        raise InvalidOption(f"{_row_of(error.text, corpus_files)}{error}") from error
    if corpus_fingerprint(storage.read_manifest(corpus_files.root, "")) != fingerprint:
        raise ThetaError(
            f"{corpus_files.root} was prepared again by another process meanwhile; the vectors are "
            "saved: run the same command again"
        )


def _row_of(text: str, corpus_files: CorpusFiles) -> str:
    """Return which document of the user's a text is of, in words; nothing if of none."""
    for documents in iterate_documents(corpus_files):
        for row_id, whole in zip(documents.row_ids, documents.texts, strict=True):
            if text in whole:
                return f"document {row_id}: "
    return ""


def record_truncated(dataset: str, project: ProjectPaths) -> None:
    """Record in the ledger of a corpus which documents each of its embeddings has truncated.

    Embeddings of an earlier corpus are skipped, and those without this information.
    """
    files = project.corpus(dataset)
    with storage.locked(files.root.parent):
        corpus = corpus_fingerprint(storage.read_manifest(files.root, ""))
        truncated = {}
        for embedding in project.all_embeddings(dataset):
            try:
                if embedding_facts(embedding, "")["corpus"] != corpus:
                    continue
                rows = load_truncated(embedding, "")
            except (MissingFile, storage.Damaged) as error:
                logger.warning("Leaving %s out of the ledger: %s", embedding.root.name, error)
                continue
            if rows is not None:
                truncated[embedding.root.name] = rows.tolist()
        ledgers = files.ledgers
        names = [str(path.relative_to(files.root)) for path in ledgers]
        with storage.renewing_files(files.root, names) as new:
            mark_truncated(ledgers, new, truncated)
