"""prepare_data.py: make the corpus and the embeddings of documents."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from theta import storage
from theta.corpus.build import Spread, build_corpus
from theta.corpus.builtin import list_datasets as find_datasets
from theta.corpus.preview import Preview, preview_documents
from theta.corpus.read import Source
from theta.corpus.settings import CorpusReport
from theta.corpus.store import corpus_fingerprint, read_report, why_stale
from theta.devices.threads import AUTO, available_cores
from theta.embeddings.load import embedding_facts
from theta.errors import InvalidOption
from theta.layout import CorpusFiles, EmbeddingFiles, ProjectPaths
from theta.options import PrepareOptions
from theta.pipeline.corpus_log import log_corpus, warn_of_unread_languages
from theta.pipeline.embed import record_truncated, renew_embeddings
from theta.pipeline.prepare_settings import (
    corpus_settings,
    find_data,
    find_shards,
    wanted_embeddings,
    wants_embeddings,
)
from theta.run.prepared import required_dataset
from theta.workers import started

logger = logging.getLogger(__name__)


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
    wanted = wanted_embeddings(options, project) if wants_embeddings(options) else None
    renewed: list[str] = []
    # Another process that prepares the same data set waits and then finds the work done. The
    # embeddings have a separate lock, so that each size can be made on a different GPU.
    with storage.locked(corpus_files.root.parent):
        reason = "--force" if options.force else why_stale(corpus_files, sources, settings)
        if reason is None:
            logger.info("The corpus is up to date: %s", corpus_files.root)
        else:
            logger.info("Preparing the corpus: %s", reason)
            _build(options, sources, corpus_files)
            renewed.append("corpus")
        report = read_report(corpus_files)
        fingerprint = corpus_fingerprint(storage.read_manifest(corpus_files.root, ""))
    log_corpus(report)
    if options.model == "dtm":
        _require_dates(report)
    facts = None
    if wanted is not None:
        warn_of_unread_languages(options, report)
        renewed += renew_embeddings(wanted, options, project, report, fingerprint)
        facts = embedding_facts(wanted.files, "")
    if renewed:
        record_truncated(dataset, project)
    files = None if wanted is None else wanted.files
    return PrepareReport(report, corpus_files, facts, files, tuple(renewed))


def _build(options: PrepareOptions, sources: Sequence[Source], files: CorpusFiles) -> None:
    """Build the corpus on this machine or, if it is read in shards, on the chosen engine."""
    settings = corpus_settings(options)
    workers = None if options.threads == AUTO else int(options.threads)
    shards = find_shards(options, sources)
    if shards is None:
        build_corpus(sources, files, settings, workers)
        return
    if options.engine == "local" and workers is None:
        workers = available_cores()
    with started(options.engine, options.ray_address, workers, "--threads") as engine:
        build_corpus(sources, files, settings, spread=Spread(shards, engine))


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


def list_datasets(project: ProjectPaths) -> list[list[str]]:
    """Return the rows of the table of data sets, head first."""
    rows = [["data set", "rows", "columns", "where it comes from"]]
    for entry in find_datasets(project):
        count = "" if entry.rows is None else f"{entry.rows:,}"
        rows.append([entry.name, count, " ".join(entry.columns), entry.problem or entry.origin])
    return rows
