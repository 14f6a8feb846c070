"""The output of prepare_data.py: located, checked for staleness and loaded."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta import storage
from theta.contracts import Corpus, Embeddings, ModelInputs, Split
from theta.corpus.builtin import BUILT_IN
from theta.corpus.read import Source, file_source, find_sources
from theta.corpus.sample import corpus_at, draw_sample
from theta.corpus.store import iterate_documents, load_corpus, text_digests
from theta.embeddings.load import embedding_facts, load_embeddings
from theta.errors import InvalidOption, MissingFile, ThetaError
from theta.layout import CorpusFiles, EmbeddingFiles, ProjectPaths
from theta.options import RunOptions
from theta.options.model_names import SIZES
from theta.options.resolve import did_you_mean
from theta.run.prepare_command import prepare_command

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """A corpus and, where a model needs them, its embeddings.

    Attributes
    ----------
    dataset : str
    project : ProjectPaths
    corpus : Corpus
    embeddings : Embeddings, optional
    embedding_files : EmbeddingFiles, optional
        Where the embeddings are.
    """

    dataset: str
    project: ProjectPaths
    corpus: Corpus
    embeddings: Embeddings | None = None
    embedding_files: EmbeddingFiles | None = None

    @property
    def corpus_files(self) -> CorpusFiles:
        """Where the corpus is."""
        return self.project.corpus(self.dataset)

    @cached_property
    def map_file(self) -> Path | None:
        """Where the map of the documents is saved; None without embeddings."""
        if self.embeddings is None:
            return None
        return self.project.document_map(self.dataset, self.embeddings.fingerprint)

    def fingerprints(self, *, with_embeddings: bool) -> dict[str, str]:
        """Return the fingerprints that a run trained on this data records."""
        fingerprints = {"corpus": self.corpus.fingerprint}
        if with_embeddings and self.embeddings is not None:
            fingerprints["embeddings"] = self.embeddings.fingerprint
        return fingerprints

    @cached_property
    def _digests(self) -> NDArray[np.uint64]:
        return text_digests(self.corpus_files)

    def sampled(self, n_train: int | None) -> Prepared:
        """Return a sample of the training and validation documents, without test documents.

        Parameters
        ----------
        n_train : int, optional
            Number of training documents. The whole data are returned if it is None or there are no
            more.
        """
        corpus = self.corpus
        if n_train is None or n_train >= len(corpus.rows(Split.TRAIN)):
            return self
        return self.at(draw_sample(self._digests, corpus.split, n_train))

    def half(self, seed: int, *, second: bool) -> Prepared:
        """Return one of two random halves of the training documents, with those for validation."""
        split = self.corpus.split
        train = np.flatnonzero(split == Split.TRAIN)
        order = np.random.default_rng([seed, len(train)]).permutation(len(train))
        keep = split == Split.VALIDATION
        keep[train[order % 2 == second]] = True
        return self.at(np.flatnonzero(keep))

    def at(self, rows: NDArray[np.intp]) -> Prepared:
        """Return the data of some training and validation documents, given in ascending order."""
        corpus, embeddings = self.corpus, self.embeddings
        if embeddings is not None:
            embeddings = replace(
                embeddings,
                documents=embeddings.documents[rows],
                test_halves=embeddings.test_halves[:0],
                fingerprint=storage.fingerprint(embeddings.fingerprint, rows.tolist()),
            )
        return replace(self, corpus=corpus_at(corpus, rows), embeddings=embeddings)

    def inputs(self, rows: slice) -> ModelInputs:
        """Return some documents as model inputs."""
        corpus = self.corpus
        return ModelInputs(
            bow=corpus.bow[rows],
            embeddings=None if self.embeddings is None else self.embeddings.documents[rows],
            times=None if corpus.times is None else corpus.times[rows],
            covariates={name: values[rows] for name, values in corpus.covariates.items()},
        )

    def first_halves(self) -> ModelInputs:
        """Return the first halves of the test documents, as model inputs."""
        test = self.corpus.rows(Split.TEST)
        return ModelInputs(
            bow=self.corpus.first_halves,
            embeddings=None if self.embeddings is None else self.embeddings.test_halves,
            times=None if self.corpus.times is None else self.corpus.times[test],
            covariates={name: values[test] for name, values in self.corpus.covariates.items()},
        )

    def second_halves(self) -> Any:
        """Return the counts of the second halves of the test documents: (n_test, n_words)."""
        test = self.corpus.rows(Split.TEST)
        return self.corpus.bow[test] - self.corpus.first_halves

    def document_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the id, the text and the user's other columns of each document, in order."""
        for documents in iterate_documents(self.corpus_files):
            for row, text in enumerate(documents.texts):
                columns = {name: values[row] for name, values in documents.columns.items()}
                yield {"row_id": documents.row_ids[row], **columns, "text": text}


def required_dataset(options: Any) -> str:
    """Return the name of the data set.

    Raises
    ------
    InvalidOption
        If it is not set.
    """
    if options.dataset is None:
        raise InvalidOption("--dataset is missing: name a folder in data/, or try the built-in lee")
    return str(options.dataset)


def check_model_name(options: RunOptions, project: ProjectPaths) -> None:
    """Raise `InvalidOption` if ``--model_size`` names neither a size nor anything prepared."""
    if options.dataset is None or options.embedding_model is not None:
        return
    known = dict.fromkeys([*SIZES, *project.model_names(options.dataset)])
    if options.model_size not in known:
        raise InvalidOption(
            f"--model_size {options.model_size}: for {options.dataset} there are "
            f"{', '.join(known)}{did_you_mean(options.model_size, known)}; a model of your own is "
            "prepared with prepare_data.py --embedding_model FOLDER_OR_ID"
        )


def load_prepared(
    dataset: str, size: str, mode: str, project: ProjectPaths, *, with_embeddings: bool
) -> Prepared:
    """Return the corpus and the embeddings of a data set.

    Raises
    ------
    MissingFile
        If they are missing or out of date; the message has the command that makes them.
    """
    prepared, no_embeddings = load_available(
        dataset, size, mode, project, with_embeddings=with_embeddings
    )
    if no_embeddings is not None:
        raise no_embeddings
    return prepared


def load_available(
    dataset: str,
    size: str,
    mode: str,
    project: ProjectPaths,
    *,
    with_embeddings: bool,
    embedding_model: str | None = None,
) -> tuple[Prepared, ThetaError | None]:
    """Return the corpus, with its embeddings or with the error that explains why they are missing.

    Raises
    ------
    MissingFile
        If the corpus is missing or out of date.
    """
    began = time.perf_counter()
    fix = prepare_command(
        dataset,
        size,
        mode,
        project,
        with_embeddings=with_embeddings,
        embedding_model=embedding_model,
    )
    embeddings, files = None, None
    # --force: preparing compares only sizes and times, so it would not notice damaged content.
    with storage.with_fix_hint(f"{fix} --force"):
        reason = why_corpus_stale(dataset, project, fix)
        if reason is not None:
            raise MissingFile(
                f"the prepared corpus of {dataset} is stale: {reason}; prepare it again: {fix}"
            )
        corpus = load_corpus(project.corpus(dataset))
    if with_embeddings:
        files = project.embeddings(dataset, size, mode)
        try:
            with storage.with_fix_hint(f"{fix} --force"):
                embeddings = _load_embeddings_of(corpus, files, fix)
        except ThetaError as error:
            # Other models do not need them, so the caller decides whether this is an error.
            return Prepared(dataset, project, corpus), error
    logger.info(
        "Loaded %s: %s documents, %s words, %.1f s",
        dataset,
        f"{corpus.n_docs:,}",
        f"{corpus.n_words:,}",
        time.perf_counter() - began,
    )
    return Prepared(dataset, project, corpus, embeddings, files), None


def _load_embeddings_of(corpus: Corpus, files: EmbeddingFiles, fix: str) -> Embeddings:
    if embedding_facts(files, fix)["corpus"] != corpus.fingerprint:
        raise MissingFile(
            f"{files.root} is stale: the corpus has been prepared again; embed it: {fix}"
        )
    return load_embeddings(files, fix)


def why_corpus_stale(dataset: str, project: ProjectPaths, fix: str) -> str | None:
    """Return why the prepared corpus no longer matches its data, None if it does.

    A corpus whose data are gone is never stale.

    Raises
    ------
    MissingFile
        If there is no prepared corpus.
    """
    recorded = storage.read_manifest(project.corpus(dataset).root, fix)["stands_on"]["sources"]
    sources = _sources_now(dataset, project, recorded)
    if sources is None:
        return None
    if len(sources) != len(recorded):
        return "the number of files has changed"
    for source, entry in zip(sources, recorded, strict=True):
        if not source.matches(entry):
            return f"{source.name} has changed"
    return None


def _sources_now(
    dataset: str, project: ProjectPaths, recorded: list[dict[str, Any]]
) -> list[Source] | None:
    """Return the current state of the files that a corpus was made from, None if they are gone."""
    paths = [Path(file["path"]) for source in recorded for file in source["files"]]
    folder = project.dataset_dir(dataset)
    if not paths:
        return BUILT_IN[dataset].sources() if dataset in BUILT_IN else None
    if folder.is_dir() and all(folder in path.parents for path in paths):
        return find_sources(folder)
    if dataset in BUILT_IN and not folder.is_dir():
        return BUILT_IN[dataset].sources()
    if all(path.is_file() for path in paths):
        return [file_source(path) for path in paths]
    return None
