"""THETA as a scikit-learn estimator: texts in, topic weights out.

It goes the way of the command line, prepare and run, so that the same seed gives the same bits.
"""

from __future__ import annotations

import inspect
import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from theta import storage
from theta.corpus.store import load_corpus
from theta.errors import InvalidOption
from theta.estimator.parameters import (
    documented,
    parameters_of,
    resolve_parameters,
    signature,
)
from theta.estimator.texts import checked_labels, checked_texts, write_documents
from theta.evaluation.health import dominated
from theta.evaluation.perplexity import completion_log_likelihood
from theta.layout import ProjectPaths, RunFiles
from theta.models.theta import Theta
from theta.pipeline.device import choose_device
from theta.pipeline.finished import FinishedRun, load_finished
from theta.pipeline.precomputed import check_vectors, save_precomputed
from theta.pipeline.prepare import prepare
from theta.pipeline.preprocessing import PRECOMPUTED
from theta.pipeline.results import TOP_WORDS_SHOWN, Topic
from theta.pipeline.run import run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.embeddings.apply import TextEncoder

logger = logging.getLogger(__name__)

_CHUNK = 2_000
"""Texts that are counted and embedded at a time."""

_DATASET = "texts"


class THETA(TransformerMixin, BaseEstimator):
    """Topics of texts, by a variational autoencoder over their embeddings.

    Every parameter is an option of the command line and has its default; `embedding` is
    ``--model_size``, `split_seed` the ``--seed`` of prepare_data.py.

    Attributes
    ----------
    components_ : (num_topics, n_words) float32
        β: the words of each topic. Rows sum to one.
    topics_ : list of Topic
        Number, share and ten top words of each topic.
    vocabulary_ : tuple of str
        The words, in the order of the columns of `components_`.
    doc_topic_ : (n_docs, num_topics) float32
        θ of the texts of `fit` that are in the corpus.
    documents_ : (n_docs,) int
        Which of the texts these are; texts without a known word, and empty ones, are not in the
        corpus. Not there after `load`.

    Examples
    --------
    >>> model = THETA(num_topics=20, embedding="mini").fit(texts)  # doctest: +SKIP
    >>> model.get_topic_words(5)[0]  # doctest: +SKIP
    ['space', 'nasa', 'orbit', 'launch', 'shuttle']
    >>> weights = model.transform(["The shuttle is in orbit."])  # doctest: +SKIP
    """

    _run: FinishedRun
    _saved: Mapping[str, bytes]
    _stands_on: Mapping[str, Any]
    components_: NDArray[np.float32]
    topics_: list[Topic]
    vocabulary_: tuple[str, ...]
    doc_topic_: NDArray[np.float32]
    documents_: NDArray[np.intp]

    def __init__(self, **parameters: Any) -> None:
        # scikit-learn reads the parameters from the signature; it is made of the declared options.
        bound = inspect.signature(type(self)).bind(**parameters)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            setattr(self, name, value)

    def fit(self, X: Any, y: Any = None, embeddings: Any = None) -> THETA:
        """Find the topics of texts.

        Parameters
        ----------
        X : sequence of str
            The texts. Empty ones are left out.
        y : sequence of (str or None), optional
            Labels, which ``mode="supervised"`` learns from; other modes ignore them.
        embeddings : (n_texts, dim) array_like, optional
            Vectors of the texts, in place of those of the model that `embedding` names.

        Raises
        ------
        ThetaError
            If a parameter, the texts or the model do not allow it.
        """
        texts = checked_texts(X)
        options = self._resolved()
        labels = checked_labels(y, len(texts)) if options["run"].mode == "supervised" else None
        vectors = None if embeddings is None else check_vectors(embeddings, len(texts))
        with tempfile.TemporaryDirectory(prefix="theta-") as scratch:
            workspace = Path(scratch)
            if self.get_params(deep=False)["workspace"] is not None and vectors is None:
                workspace = Path(self.get_params(deep=False)["workspace"]).expanduser()
            name = f"{_DATASET}-{storage.fingerprint(texts, labels)}"
            project = replace(
                ProjectPaths.from_environment(), workspace=workspace, result=Path(scratch)
            )
            documents = workspace / name / "documents.parquet"
            write_documents(documents, texts, labels)
            prepare_options = replace(
                options["prepare"],
                dataset=name,
                raw_input=documents,
                bow_only=vectors is not None,
            )
            prepare(prepare_options, project)
            corpus = load_corpus(project.corpus(name))
            kept = np.array([int(row) - 1 for row in corpus.row_ids], dtype=np.intp)
            size = prepare_options.model_size
            if vectors is not None:
                place = project.embeddings(name, size, options["run"].mode)
                save_precomputed(place, corpus, vectors[kept], size)
            output = Path(scratch) / "run"
            run_options = replace(
                options["run"],
                dataset=name,
                output_dir=output,
                skip_eval=True,
                skip_viz=True,
            )
            run(run_options, {Theta.name: options["theta"]}, project)
            files = RunFiles(output)
            self._take(files, load_finished(files, "THETA.fit"))
        self.documents_ = kept
        return self

    def transform(self, X: Any, embeddings: Any = None) -> NDArray[np.float32]:
        """Return the topic weights of texts: the posterior mean, each text on its own.

        Parameters
        ----------
        X : sequence of str
        embeddings : (n_texts, dim) array_like, optional
            Vectors of the texts, of the model that those of `fit` are of.

        Returns
        -------
        (n_texts, num_topics) float32
            Rows sum to one; an empty text has no topics, its row is NaN.
        """
        check_is_fitted(self, "components_")
        texts = checked_texts(X)
        device = choose_device(self._resolved()["run"].gpu)
        vectors = self._vectors(embeddings, len(texts), device)
        found = [np.empty((0, self._run.num_topics), dtype=np.float32)]
        for first in range(0, len(texts), _CHUNK):
            part = slice(first, first + _CHUNK)
            of_part = vectors[part] if isinstance(vectors, np.ndarray) else vectors
            found.append(self._run.apply(texts[part], of_part, device).all_rows())
        weights = np.concatenate(found)
        empty = int(np.isnan(weights).any(axis=1).sum())
        if empty:
            logger.warning("%d of %d texts are empty: their rows are NaN.", empty, len(texts))
        return weights

    def fit_transform(
        self,
        X: Any,
        y: Any = None,
        embeddings: Any = None,
    ) -> NDArray[np.float32]:
        """Find the topics of texts and return their weights.

        These are `doc_topic_`; texts that are not in the corpus are given to `transform`.
        """
        self.fit(X, y, embeddings)
        texts = checked_texts(X)
        weights = np.full((len(texts), self._run.num_topics), np.nan, dtype=np.float32)
        weights[self.documents_] = self.doc_topic_
        left = np.setdiff1d(np.arange(len(texts)), self.documents_)
        if len(left):
            vectors = None if embeddings is None else np.asarray(embeddings)[left]
            weights[left] = self.transform([texts[row] for row in left.tolist()], vectors)
        return weights

    def score(self, X: Any, y: Any = None, embeddings: Any = None) -> float:  # noqa: ARG002
        """Return the mean log-likelihood of a known word of texts; higher is better.

        log(θ_d · β_w) with θ_d of `transform`. For choosing parameters by GridSearchCV.
        """
        doc_topic = self.transform(X, embeddings)
        bow = self._run.preprocessing.rules.count(checked_texts(X)).bow
        counted = np.flatnonzero(np.diff(bow.indptr))
        log_likelihood, n_words = completion_log_likelihood(
            doc_topic[counted], self.components_, bow[counted]
        )
        if not n_words.sum():
            raise InvalidOption("no text holds a word of the vocabulary: there is no likelihood")
        return float(log_likelihood.sum() / n_words.sum())

    @available_if(lambda self: self.mode == "supervised")
    def predict(self, X: Any, embeddings: Any = None) -> NDArray[np.object_]:
        """Return the label of each text, None for an empty one; of ``mode="supervised"`` only."""
        doc_topic = self.transform(X, embeddings)
        labels = np.full(len(doc_topic), None, dtype=object)
        rows = np.flatnonzero(~np.isnan(doc_topic).any(axis=1))
        predictions = self._run.predict(doc_topic[rows])
        if predictions is None:
            raise InvalidOption("the run has learnt no labels")
        labels[rows] = predictions.labels
        return labels

    def get_topic_words(self, n: int = TOP_WORDS_SHOWN) -> list[list[str]]:
        """Return the `n` top words of each topic, best first."""
        check_is_fitted(self, "components_")
        return self._run.top_words(n)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the names of the columns of `transform`: ``topic_0``, ``topic_1``, ..."""
        check_is_fitted(self, "components_")
        return np.array([f"topic_{k}" for k in range(self._run.num_topics)], dtype=object)

    def save(self, folder: str | Path) -> None:
        """Write the run: a folder as run_pipeline.py writes it, without metrics and figures.

        Raises
        ------
        ThetaError
            If the folder holds something else than a run.
        """
        check_is_fitted(self, "components_")
        files = RunFiles(Path(folder))
        with storage.replacing(files.root, self._stands_on) as new:
            _unpack(self._saved, new)

    @classmethod
    def load(cls, result_dir: str | Path) -> THETA:
        """Return the estimator of a finished run of THETA, made here or by the command line.

        Raises
        ------
        MissingFile
            If there is no finished run, or it is of another version.
        InvalidOption
            If the run is of another model.
        """
        files = RunFiles(Path(result_dir))
        finished = load_finished(files, "THETA(...).fit(texts).save(folder)")
        if finished.model.name != Theta.name:
            raise InvalidOption(f"{files.root} is a run of {finished.model.name}, not of THETA")
        estimator = cls(**parameters_of(finished))
        estimator._take(files, finished)
        return estimator

    def _resolved(self) -> dict[str, Any]:
        """Return the options of the parameters, checked as the command line's are."""
        return resolve_parameters(self.get_params(deep=False))

    def _vectors(
        self, embeddings: Any, n_texts: int, device: str
    ) -> TextEncoder | NDArray[np.float16]:
        facts = self._run.preprocessing.embedding
        assert facts is not None
        if embeddings is not None:
            vectors = check_vectors(embeddings, n_texts)
            if vectors.shape[1] != facts["dim"]:
                raise InvalidOption(
                    f"embeddings have {vectors.shape[1]} dimensions, those of fit {facts['dim']}"
                )
            return vectors
        if facts["model"] == PRECOMPUTED:
            raise InvalidOption("fit was given embeddings: give those of these texts too")
        kept: tuple[str, TextEncoder] | None = self.__dict__.get("_encoder")
        if kept is None or kept[0] != device:
            with self._unpacked() as files:
                loaded = replace(self._run, files=files)
                encoder = loaded.start_encoder(ProjectPaths.from_environment(), device)
            assert encoder is not None
            kept = self._encoder = (device, encoder)
        return kept[1]

    @contextmanager
    def _unpacked(self) -> Iterator[RunFiles]:
        """Write the run into a temporary folder, for what is read from files."""
        with tempfile.TemporaryDirectory(prefix="theta-") as scratch:
            _unpack(self._saved, Path(scratch))
            yield RunFiles(Path(scratch))

    def _take(self, files: RunFiles, finished: FinishedRun) -> None:
        """Take a finished run into memory; its folder is not needed any more."""
        self.__dict__.pop("_encoder", None)
        manifest = storage.read_manifest(files.root, "")
        self._run = finished
        self._stands_on = manifest["stands_on"]
        self._saved = {name: (files.root / name).read_bytes() for name in manifest["files"]}
        self.components_ = self._run.topic_word
        self.vocabulary_ = self._run.preprocessing.rules.vocabulary
        self.doc_topic_ = storage.read_array(files.doc_topic)
        documents = dominated(self.doc_topic_).tolist()
        self.topics_ = [
            Topic(k, topic["share"], documents[k], tuple(words), topic.get("name", ""))
            for k, (topic, words) in enumerate(
                zip(self._run.topics, self._run.top_words(TOP_WORDS_SHOWN), strict=True)
            )
        ]

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("_encoder", None)  # Hundreds of megabytes that lie on the disk anyway.
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


THETA.__init__.__signature__ = signature()  # type: ignore[attr-defined]
THETA.__doc__ = documented(THETA.__doc__ or "")


def _unpack(saved: Mapping[str, bytes], folder: Path) -> None:
    for name, content in saved.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
