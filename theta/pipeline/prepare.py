"""prepare_data.py: make the corpus and the embeddings of documents."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import compress
from pathlib import Path
from typing import Any

from theta import storage
from theta.contracts import Split
from theta.corpus.build import build_corpus
from theta.corpus.builtin import dataset_sources
from theta.corpus.builtin import list_datasets as find_datasets
from theta.corpus.phrases import natural_text
from theta.corpus.preview import Preview, preview_documents
from theta.corpus.read import Source, file_source
from theta.corpus.settings import CorpusReport, CorpusSettings
from theta.corpus.store import (
    corpus_fingerprint,
    iterate_documents,
    iterate_first_halves,
    iterate_texts,
    load_corpus,
    read_report,
    read_vocabulary,
    user_columns,
    why_stale,
)
from theta.embeddings.api import TextRefused
from theta.embeddings.embed import Texts, embed_corpus, stale_reason
from theta.embeddings.finetune import finetune_adapter, finetune_facts
from theta.embeddings.load import embedding_facts
from theta.embeddings.settings import EmbeddingSettings, FinetuneSettings, choose_batch_size
from theta.embeddings.space import find_space
from theta.errors import InvalidOption, MissingFile, ThetaError
from theta.layout import CorpusFiles, EmbeddingFiles, ProjectPaths
from theta.options import PrepareOptions, values_of
from theta.options.prepare import AUTOMATIC_EPOCHS, CorpusOptions, EmbeddingOptions, FinetuneOptions
from theta.pipeline.corpus_log import log_corpus
from theta.pipeline.device import choose_device
from theta.pipeline.labels import training_labels, warn_of_rare_labels
from theta.pipeline.model_language import warn_of_unread_languages
from theta.pipeline.threads import computing_with, requested_threads
from theta.pipeline.truncation import record_truncated
from theta.run.prepared import required_dataset

logger = logging.getLogger(__name__)

_MUCH = 0.05
"""Share of the documents above which dates that cannot be read are a warning."""


@dataclass(frozen=True)
class PrepareReport:
    """The result of a preparation.

    Attributes
    ----------
    corpus : CorpusReport
    corpus_files : CorpusFiles
    embedding_facts : mapping, optional
        The provenance of the embeddings; None if they were not requested.
    embedding_files : EmbeddingFiles, optional
    renewed : tuple of str
        Parts that were made: ``corpus``, ``adapter``, ``embeddings``. Empty if nothing changed.
    """

    corpus: CorpusReport
    corpus_files: CorpusFiles
    embedding_facts: Mapping[str, Any] | None
    embedding_files: EmbeddingFiles | None
    renewed: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return the report, ready for JSON."""
        record: dict[str, Any] = {
            "renewed": list(self.renewed),
            "corpus": {"folder": str(self.corpus_files.root.absolute()), **asdict(self.corpus)},
        }
        if self.embedding_files is not None and self.embedding_facts is not None:
            folder = str(self.embedding_files.root.absolute())
            record["embeddings"] = {"folder": folder, **self.embedding_facts}
        return record


def prepare(options: PrepareOptions, project: ProjectPaths) -> PrepareReport:
    """Make the corpus and the embeddings unless they are up to date.

    Raises
    ------
    ThetaError
        If the data, the options or the model are unsuitable; existing files are kept.
    """
    dataset = required_dataset(options)
    sources = find_data(options, project)
    corpus_files = project.corpus(dataset)
    settings = corpus_settings(options)
    with_embeddings = wants_embeddings(options)
    embedding = embedding_settings(options, project) if with_embeddings else None
    tuning = finetune_settings(options)
    wanted = None
    if embedding is not None and tuning is not None:
        wanted = finetune_facts(embedding, tuning)
    renewed = []
    # Another process that prepares the same data set waits and then finds the work done. The
    # embeddings have a separate lock, so that each size can be made on a different GPU.
    with storage.locked(corpus_files.root.parent):
        reason = "--force" if options.force else why_stale(corpus_files, sources, settings)
        if reason is None:
            logger.info("The corpus is up to date: %s", corpus_files.root)
        else:
            logger.info("Preparing the corpus: %s", reason)
            build_corpus(sources, corpus_files, settings)
            renewed.append("corpus")
        report = read_report(corpus_files)
        fingerprint = corpus_fingerprint(storage.read_manifest(corpus_files.root, ""))
    log_corpus(report)
    if options.model == "dtm":
        _require_dates(report)
    if embedding is None:
        if renewed:
            record_truncated(dataset, project)
        return PrepareReport(report, corpus_files, None, None, tuple(renewed))
    warn_of_unread_languages(options, report)
    files = project.embeddings(dataset, options.model_size, options.mode)
    reason = stale_reason(
        files, settings=embedding, corpus_fingerprint=fingerprint, finetune=wanted
    )
    if options.force and reason is None:
        reason = "--force"
    if reason is None:
        logger.info("The embeddings are up to date: %s", files.root)
    else:
        logger.info("Embedding: %s", reason)
        _tell_other_model(files, embedding, options.model_size)
        embedding = embedding_settings(options, project, choose_device(options.gpu, embeds=True))
        with computing_with(requested_threads(options.threads)):
            if tuning is not None:
                # A Mac's GPU has not been shown to train to the same adapter.
                device = "cpu" if embedding.device == "mps" else embedding.device
                on_device = replace(embedding, device=device)
                adapter = finetune(corpus_files, files, on_device, tuning)
                embedding = replace(embedding, adapter=adapter)
                renewed.append("adapter")
            embed(corpus_files, report, files, embedding, fingerprint)
        renewed.append("embeddings")
    if renewed:
        record_truncated(dataset, project)
    return PrepareReport(report, corpus_files, embedding_facts(files, ""), files, tuple(renewed))


def _require_dates(report: CorpusReport) -> None:
    if report.columns.get("time") is None:
        raise InvalidOption(
            "--model dtm needs dates, but there is no column year, timestamp or date; name one "
            "with --time_column"
        )
    if report.undated == report.documents:
        raise InvalidOption(
            f"--model dtm needs dates, but none of the {report.documents:,} documents has a "
            f"readable date in the column {report.columns['time']}; name another with --time_column"
        )


def preview(options: PrepareOptions, project: ProjectPaths) -> Preview:
    """Return how a few documents would be prepared; nothing is written."""
    return preview_documents(find_data(options, project), corpus_settings(options), options.preview)


def _tell_other_model(files: EmbeddingFiles, settings: EmbeddingSettings, name: str) -> None:
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


def wants_embeddings(options: PrepareOptions) -> bool:
    """Return whether the options request embeddings."""
    return options.model == "theta" and not options.bow_only


def finetune(
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


def embed(
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


def find_data(options: PrepareOptions, project: ProjectPaths) -> list[Source]:
    """Return the sources of the documents."""
    wanted = corpus_settings(options).requested_columns.wanted
    if options.raw_input is not None:
        return [file_source(options.raw_input, wanted)]
    return dataset_sources(project, required_dataset(options), wanted)


def corpus_settings(options: PrepareOptions) -> CorpusSettings:
    """Return the part of the options that the corpus depends on."""
    return CorpusSettings(**values_of(CorpusOptions, options))


def embedding_settings(
    options: PrepareOptions, project: ProjectPaths, device: str = "cpu"
) -> EmbeddingSettings:
    """Return the part of the options that the embeddings depend on.

    The vectors do not depend on the device, so existing ones can be checked without choosing one,
    which would import torch.
    """
    values = values_of(EmbeddingOptions, options)
    values["batch_size"] = choose_batch_size(options.batch_size, device, options.embedding_api_base)
    return EmbeddingSettings(
        **values,
        models_dir=project.models,
        device=device,
        progress=not options.quiet,
    )


def finetune_settings(options: PrepareOptions) -> FinetuneSettings | None:
    """Return the part of the options that the adapter depends on; None without fine-tuning."""
    if options.mode == "zero_shot":
        return None
    values = values_of(FinetuneOptions, options)
    if options.finetune_epochs == "auto":
        values["finetune_epochs"] = AUTOMATIC_EPOCHS[options.mode]
    return FinetuneSettings(**values, supervised=options.mode == "supervised", seed=options.seed)


def list_datasets(project: ProjectPaths) -> list[list[str]]:
    """Return the rows of the table of data sets, head first."""
    rows = [["data set", "rows", "columns", "where it comes from"]]
    for entry in find_datasets(project):
        count = "" if entry.rows is None else f"{entry.rows:,}"
        rows.append([entry.name, count, " ".join(entry.columns), entry.problem or entry.origin])
    return rows


def plan(options: PrepareOptions, project: ProjectPaths) -> tuple[list[Path], list[Path]]:
    """Return the paths that a preparation would read and those it would write."""
    dataset = required_dataset(options)
    reads = [path for source in find_data(options, project) for path in source.paths]
    writes = [project.corpus(dataset).root]
    if wants_embeddings(options):
        writes.append(project.embeddings(dataset, options.model_size, options.mode).root)
    return reads, writes
