"""A topic model as a scikit-learn estimator: texts in, topic weights out.

It prepares and trains as the command line does, so the same seed gives the same bits.
"""

from __future__ import annotations

import inspect
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from theta import storage
from theta.devices.threads import choose_threads, computing_with
from theta.errors import InvalidOption
from theta.estimator.fitted import FittedModel, checked_vectors
from theta.estimator.parameters import Parameters
from theta.estimator.prepare import prepare_texts
from theta.estimator.texts import (
    checked_covariates,
    checked_labels,
    checked_texts,
    checked_times,
)
from theta.evaluation.perplexity import completion_log_likelihood
from theta.layout import ProjectPaths, RunFiles
from theta.models.base import TopicModel
from theta.pipeline.device import choose_device, device_errors
from theta.pipeline.keep import keep
from theta.pipeline.run import plan_jobs
from theta.pipeline.topic_table import topic_columns
from theta.pipeline.train import train
from theta.run import Run
from theta.run.labels import predict_labels
from theta.run.new_documents import transform
from theta.run.topics import TOP_WORDS_SHOWN, Topic

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Self

logger = logging.getLogger(__name__)

_CHUNK = 2_000
"""Number of texts that are counted and embedded at a time."""

_DATASET = "texts"


class TopicEstimator(TransformerMixin, BaseEstimator):
    """Base class of the estimators of all models.

    Attributes
    ----------
    components_ : (num_topics, n_words) float32
        β: the words of each topic. Rows sum to one.
    topics_ : list of Topic
        Number, name, share and ten top words of each topic, in the order of `components_`.
    vocabulary_ : tuple of str
        The words, in the order of the columns of `components_`.
    doc_topic_ : (n_docs, num_topics) float32
        θ of the texts passed to `fit` that are in the corpus.
    num_topics_ : int
        Number of topics; with ``num_topics="auto"`` the estimated one.
    documents_ : (n_docs,) int
        Indices of these texts. Empty texts and texts without a known word are not in the
        corpus. Not set after `load`.
    """

    _model: ClassVar[type[TopicModel]]
    _parameters: ClassVar[Parameters]

    _fitted: FittedModel
    _documents: Sequence[Mapping[str, Any]]
    components_: NDArray[np.float32]
    topics_: list[Topic]
    vocabulary_: tuple[str, ...]
    doc_topic_: NDArray[np.float32]
    num_topics_: int
    documents_: NDArray[np.intp]

    def __init__(self, **parameters: Any) -> None:
        # scikit-learn reads the parameters from the signature, which the declared options make up.
        bound = inspect.signature(type(self)).bind(**parameters)
        bound.apply_defaults()
        for name, value in bound.arguments.items():
            setattr(self, name, value)

    def fit(
        self,
        X: Any,
        y: Any = None,
        embeddings: Any = None,
        times: Any = None,
        covariates: Any = None,
    ) -> TopicEstimator:
        """Find the topics of texts.

        Parameters
        ----------
        X : sequence of str
            The texts. Empty ones are left out.
        y : sequence of (str or None), optional
            Labels, which ``mode="supervised"`` learns from; other modes ignore them.
        embeddings : (n_texts, dim) array_like, optional
            Vectors of the texts, instead of vectors from the model that `embedding` names.
        times : sequence of (datetime, str or None), optional
            Dates, for models that need them; strings as ``YYYY-MM-DD``.
        covariates : mapping of str to sequence, optional
            Numbers or categories by name, or a data frame, for models that need them.

        Raises
        ------
        ThetaError
            If a parameter or the data are invalid, or the model cannot be trained on them.
        """
        texts = checked_texts(X)
        if not texts:
            raise InvalidOption("X holds no texts")
        options = self._resolved()
        columns: dict[str, Sequence[str | None]] = {"text": texts}
        if options["run"].mode == "supervised":
            columns["label"] = checked_labels(y, len(texts))
        if times is not None:
            columns["date"] = checked_times(times, len(texts))
        if covariates is not None:
            columns |= checked_covariates(covariates, len(texts))
        vectors = None
        if embeddings is not None:
            vectors = checked_vectors(embeddings, len(texts), self._model, type(self).__name__)
        with tempfile.TemporaryDirectory(prefix="theta-") as scratch:
            workspace = Path(scratch)
            if self.workspace is not None and vectors is None:
                workspace = Path(self.workspace).expanduser()
            project = replace(
                ProjectPaths.from_environment(), workspace=workspace, result=Path(scratch)
            )
            dataset = f"{_DATASET}-{storage.fingerprint(*columns.values())}"
            run_options = replace(options["run"], dataset=dataset)
            kept = prepare_texts(
                self._model, columns, vectors, run_options, options["prepare"], project
            )
            (job,), _ = plan_jobs(run_options, {self._model.name: options["model"]}, project)
            with (
                computing_with(job.threads),
                device_errors(self._model.name, job.model_options, job.device),
            ):
                (run,) = train(job)
            self._documents = list(run.prepared.document_rows())
            self._take(run)
        self.documents_ = kept
        return self

    def transform(
        self, X: Any, embeddings: Any = None, times: Any = None, covariates: Any = None
    ) -> NDArray[np.float32]:
        """Return the topic weights of texts, the posterior mean of each text by itself.

        Parameters
        ----------
        X : sequence of str
        embeddings : (n_texts, dim) array_like, optional
            Vectors of the texts, from the same model as those passed to `fit`.
        times, covariates : optional
            As in `fit`, for models that need them.

        Returns
        -------
        (n_texts, num_topics) float32
            Rows sum to one; the row of an empty text is NaN.
        """
        check_is_fitted(self, "components_")
        texts = checked_texts(X)
        options = self._resolved()["run"]
        device = choose_device(options.gpu)
        fitted, n_texts = self._fitted, len(texts)
        vectors = fitted.vectors(embeddings, n_texts, device, options.threads)
        days = fitted.times(times, n_texts)
        values = fitted.covariates(covariates, n_texts)
        parts = [np.empty((0, self._fitted.run.num_topics), dtype=np.float32)]
        for first in range(0, len(texts), _CHUNK):
            part = slice(first, first + _CHUNK)
            of_part = vectors[part] if isinstance(vectors, np.ndarray) else vectors
            known = {name: column[part] for name, column in values.items()}
            on = None if days is None else days[part]
            with computing_with(choose_threads(options.threads, len(self.doc_topic_))):
                result = transform(self._fitted.run, texts[part], of_part, device, on, known)
            parts.append(result.all_rows())
        weights = np.concatenate(parts)
        empty = int(np.isnan(weights).any(axis=1).sum())
        if empty:
            logger.warning("%d of %d texts are empty: their rows are NaN.", empty, len(texts))
        return weights

    def fit_transform(
        self,
        X: Any,
        y: Any = None,
        embeddings: Any = None,
        times: Any = None,
        covariates: Any = None,
    ) -> NDArray[np.float32]:
        """Find the topics of texts and return their weights.

        The weights are `doc_topic_`; those of texts outside the corpus come from `transform`.
        """
        self.fit(X, y, embeddings, times, covariates)
        texts = checked_texts(X)
        weights = np.full((len(texts), self._fitted.run.num_topics), np.nan, dtype=np.float32)
        weights[self.documents_] = self.doc_topic_
        left = np.setdiff1d(np.arange(len(texts)), self.documents_)
        if len(left):
            columns = None
            if covariates is not None:
                columns = {name: np.asarray(values)[left] for name, values in covariates.items()}
            weights[left] = self.transform(
                [texts[row] for row in left.tolist()],
                None if embeddings is None else np.asarray(embeddings)[left],
                None if times is None else np.asarray(times)[left],
                columns,
            )
        return weights

    def score(
        self,
        X: Any,
        y: Any = None,  # noqa: ARG002
        embeddings: Any = None,
        times: Any = None,
        covariates: Any = None,
    ) -> float:
        """Return the mean log-likelihood per known word of the texts; higher is better.

        log(θ_d · β_w) with θ_d from `transform`. Meant for GridSearchCV.
        """
        doc_topic = self.transform(X, embeddings, times, covariates)
        bow = self._fitted.run.preprocessing.rules.count(checked_texts(X)).bow
        counted = np.flatnonzero(np.diff(bow.indptr))
        log_likelihood, n_words = completion_log_likelihood(
            doc_topic[counted], self.components_, bow[counted]
        )
        if not n_words.sum():
            raise InvalidOption("no text has a word of the vocabulary, so there is no likelihood")
        return float(log_likelihood.sum() / n_words.sum())

    @available_if(lambda self: getattr(self, "mode", None) == "supervised")
    def predict(self, X: Any, embeddings: Any = None) -> NDArray[np.object_]:
        """Return the label of each text, None for an empty one; only with ``mode="supervised"``."""
        doc_topic = self.transform(X, embeddings)
        labels = np.full(len(doc_topic), None, dtype=object)
        rows = np.flatnonzero(~np.isnan(doc_topic).any(axis=1))
        names = self._fitted.run.facts.get("labels")
        predictions = predict_labels(self._fitted.run.state, names, doc_topic[rows])
        if predictions is None:
            raise InvalidOption("the run has learnt no labels")
        labels[rows] = predictions.labels
        return labels

    def get_topic_words(self, n: int = TOP_WORDS_SHOWN) -> list[list[str]]:
        """Return the `n` top words of each topic, best first."""
        check_is_fitted(self, "components_")
        if n < 1:
            raise InvalidOption(f"n is {n}: must be 1 or more")
        ranked = self._fitted.run.top_words(n).tolist()
        return [[self.vocabulary_[word] for word in words] for words in ranked]

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the names of the columns of `transform`: ``topic_0``, ``topic_1``, ..."""
        check_is_fitted(self, "components_")
        return np.array(topic_columns(self._fitted.run.numbers), dtype=object)

    def save(self, folder: str | Path) -> None:
        """Write the run as run_pipeline.py does, without metrics and figures.

        A loaded estimator copies the folder it was loaded from.

        Raises
        ------
        ThetaError
            If the folder holds anything but a run.
        """
        check_is_fitted(self, "components_")
        target, run = Path(folder), self._fitted.run
        if run.folder is not None:
            run.folder.copy_to(target)
            return
        with (
            self._fitted.unpacked_adapter() as adapter,
            storage.replacing(target, run.config["fingerprints"]) as new,
        ):
            keep(run, RunFiles(new), self._documents, adapter)

    @classmethod
    def load(cls, result_dir: str | Path) -> Self:
        """Return the estimator of a finished run, saved from Python or made by the command line.

        Raises
        ------
        MissingFile
            If there is no finished run, or another version wrote it.
        InvalidOption
            If another model made the run.
        """
        run = Run.open(Path(result_dir), fix=f"{cls.__name__}(...).fit(texts).save(folder)")
        if run.model.name != cls._model.name:
            raise InvalidOption(
                f"{result_dir} is a run of {run.model.name}, not of {cls._model.name}"
            )
        estimator = cls(**cls._parameters.of_run(run))
        estimator._take(run)
        return estimator

    def _resolved(self) -> dict[str, Any]:
        """Return the parameters as options, with the checks of the command line."""
        return self._parameters.resolve(self.get_params(deep=False))

    def _take(self, run: Run) -> None:
        """Load a run into memory: `transform` needs neither its folder nor its corpus."""
        self._fitted = FittedModel(run, type(self).__name__)
        self.components_ = run.topic_word
        self.num_topics_ = run.num_topics
        self.vocabulary_ = tuple(run.vocabulary)
        self.doc_topic_ = run.doc_topic
        self.topics_ = run.topics_by_row

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
