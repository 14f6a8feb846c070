"""The frozen records that pass between stages, each checked on creation.

`Documents` (text) → `Corpus` (counts) → `Embeddings` (vectors) → `TopicModelOutput` → `Metric`, and
`ModelTable` for models with further results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

UNLABELLED = -1
"""Label code of a document without a label."""


class Split(IntEnum):
    """The part of the corpus that a document belongs to."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


@dataclass(frozen=True)
class Documents:
    """Texts and their metadata: a chunk of the user's rows, or all of them.

    Attributes
    ----------
    texts : sequence of str
        The original text of each document.
    row_ids : sequence of str
        The id of each document in the user's file (its id column, or else its row number).
    labels : sequence of (str or None), optional
        One label per document; None where a document has none.
    times : sequence of (str or None), optional
        ISO dates (``YYYY-MM-DD``); None where a document has none.
    covariates : mapping of str to sequence
        The ``cov_*`` columns.
    columns : mapping of str to sequence of str
        All of the user's columns except the text, as read.
    """

    texts: Sequence[str]
    row_ids: Sequence[str]
    labels: Sequence[str | None] | None = None
    times: Sequence[str | None] | None = None
    covariates: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.texts)
        named: dict[str, Sequence[Any] | None] = {
            "row_ids": self.row_ids,
            "labels": self.labels,
            "times": self.times,
            **{f"covariates[{k}]": v for k, v in self.covariates.items()},
            **{f"columns[{k}]": v for k, v in self.columns.items()},
        }
        for name, values in named.items():
            _require(values is None or len(values) == n, f"{name} must have one value per text")

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class Tokens:
    """The vocabulary tokens of each document in reading order, as word ids.

    Attributes
    ----------
    starts : (n_docs + 1,) int64
        Document d's tokens are ``ids[starts[d] : starts[d + 1]]``.
    ids : (n_tokens,) int32
        Indices into the vocabulary.
    """

    starts: NDArray[np.int64]
    ids: NDArray[np.int32]

    def __post_init__(self) -> None:
        _require(self.starts.ndim == 1 and len(self.starts) >= 1, "token starts are not a vector")
        _require(int(self.starts[0]) == 0, "token starts do not begin at 0")
        _require(int(self.starts[-1]) == len(self.ids), "token starts do not end at the last token")

    def __len__(self) -> int:
        return len(self.starts) - 1

    def at(self, rows: NDArray[np.intp]) -> Tokens:
        """Return the tokens of the documents at some rows, in the order of `rows`."""
        begins, ends = self.starts[rows], self.starts[rows + 1]
        starts = np.concatenate([[0], np.cumsum(ends - begins)])
        positions = np.arange(starts[-1]) + np.repeat(begins - starts[:-1], ends - begins)
        return Tokens(starts, np.asarray(self.ids[positions]))


@dataclass(frozen=True)
class Labels:
    """A label per document, as codes.

    Attributes
    ----------
    codes : (n_docs,) int32
        Index into `names`, or `UNLABELLED`.
    names : tuple of str
        The labels, sorted.
    """

    codes: NDArray[np.int32]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        _require(self.codes.ndim == 1, "label codes are not a vector")
        if len(self.codes):
            _require(int(self.codes.max()) < len(self.names), "a label code has no name")
            _require(int(self.codes.min()) >= UNLABELLED, "a label code is below UNLABELLED")


@dataclass(frozen=True)
class Corpus:
    """A prepared corpus: the same for every model, embedding size and mode.

    Attributes
    ----------
    vocabulary : tuple of str
        The words that are counted.
    bow : (n_docs, n_words) csr_array of int32
        How often each word occurs in each document.
    tokens : Tokens
        The same words in reading order.
    split : (n_docs,) int8
        `Split` of each document, made before the vocabulary was counted.
    first_halves : (n_test, n_words) csr_array of int32
        Counts of the first half of each test document, in the order of
        ``np.flatnonzero(split == Split.TEST)``; the second half is ``bow[test] - first_halves``.
    row_ids : tuple of str
        The ids of the documents in the user's file.
    labels : Labels, optional
    times : (n_docs,) datetime64[D], optional
        NaT where a document has no date.
    covariates : mapping of str to (n_docs,) array
        The ``cov_*`` columns, float64 or str.
    languages : tuple of str
        ISO 639-1 codes of the languages of the texts, the main one first; empty if not known.
    fingerprint : str
        Changes when anything above changes.
    """

    vocabulary: tuple[str, ...]
    bow: csr_array
    tokens: Tokens
    split: NDArray[np.int8]
    first_halves: csr_array
    row_ids: Sequence[str]
    labels: Labels | None = None
    times: NDArray[np.datetime64] | None = None
    covariates: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    fingerprint: str = ""

    def __post_init__(self) -> None:
        n_docs, n_words = self.bow.shape
        _require(n_words == len(self.vocabulary), "the bag of words must have one column per word")
        _require(
            len(self.tokens) == n_docs, "tokens and bag of words differ in the number of documents"
        )
        _require(self.split.shape == (n_docs,), "the split must have one value per document")
        _require(len(self.row_ids) == n_docs, "row_ids must have one value per document")
        n_test = int(np.count_nonzero(self.split == Split.TEST))
        _require(
            self.first_halves.shape == (n_test, n_words),
            "first_halves must have one row per test document",
        )
        if self.labels is not None:
            _require(len(self.labels.codes) == n_docs, "labels must have one value per document")
        if self.times is not None:
            _require(self.times.shape == (n_docs,), "times must have one value per document")
        for name, values in self.covariates.items():
            _require(len(values) == n_docs, f"covariate {name} must have one value per document")

    @property
    def n_docs(self) -> int:
        """Number of documents."""
        return int(self.bow.shape[0])

    @property
    def n_words(self) -> int:
        """Number of words in the vocabulary."""
        return len(self.vocabulary)

    def rows(self, split: Split) -> NDArray[np.intp]:
        """Return the row numbers of one part of the corpus, ascending."""
        return np.flatnonzero(self.split == split)


@dataclass(frozen=True)
class Embeddings:
    """Unit-length vectors of a corpus' documents and words, in one space.

    Attributes
    ----------
    documents : (n_docs, dim) float16
        Memory-mapped where it comes from disk.
    words : (n_words, dim) float16
    test_halves : (n_test, dim) float16
        The first half of each test document alone, in the order of `Corpus.first_halves`.
    fingerprint : str
    """

    documents: NDArray[np.floating[Any]]
    words: NDArray[np.floating[Any]]
    test_halves: NDArray[np.floating[Any]]
    fingerprint: str = ""

    def __post_init__(self) -> None:
        for name in ("documents", "words", "test_halves"):
            array = getattr(self, name)
            _require(array.ndim == 2, f"{name} embeddings are not a matrix")
            _require(array.shape[1] == self.dim, f"{name} embeddings have a different dimension")
        # The document matrix may not fit in memory; embedding checks its rows as it writes them.
        _require_finite("words", self.words)
        _require_finite("test_halves", self.test_halves)

    @property
    def dim(self) -> int:
        """Number of dimensions."""
        return int(self.documents.shape[1])


@dataclass(frozen=True)
class ModelInputs:
    """Documents as model inputs, in training or afterwards.

    Attributes
    ----------
    bow : (n_docs, n_words) csr_array
    embeddings : (n_docs, dim), optional
    times : (n_docs,) datetime64[D], optional
    covariates : mapping of str to (n_docs,) array
    """

    bow: csr_array
    embeddings: NDArray[np.floating[Any]] | None = None
    times: NDArray[np.datetime64] | None = None
    covariates: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = self.bow.shape[0]
        if self.embeddings is not None:
            _require(
                self.embeddings.shape[0] == n,
                "embeddings and bag of words differ in the number of rows",
            )
        if self.times is not None:
            _require(self.times.shape == (n,), "times must have one value per document")


@dataclass(frozen=True)
class TopicModelOutput:
    """The result of training a topic model.

    Attributes
    ----------
    doc_topic : (n_docs, num_topics) float32
        θ. Each row sums to one.
    topic_word : (num_topics, n_words) float32
        β. Each row sums to one.
    word_scores : (num_topics, n_words) float32, optional
        Scores that rank the top words of a topic, such as relevance; None for β itself.
    topic_embeddings : (num_topics, dim) float32, optional
        α, in the space of the words.
    history : sequence of mapping
        One entry per epoch, JSON-ready.
    state : mapping of str to array
        Everything that `infer` needs; saved as safetensors.
    facts : mapping of str to JSON value
        Other facts to record (best epoch, number of topics found, ...).
    """

    doc_topic: NDArray[np.float32]
    topic_word: NDArray[np.float32]
    word_scores: NDArray[np.float32] | None = None
    topic_embeddings: NDArray[np.float32] | None = None
    history: Sequence[Mapping[str, Any]] = ()
    state: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require_distribution("doc_topic", self.doc_topic)
        _require_distribution("topic_word", self.topic_word)
        num_topics = self.topic_word.shape[0]
        _require(
            self.doc_topic.shape[1] == num_topics,
            "doc_topic and topic_word differ in the number of topics",
        )
        if self.word_scores is not None:
            _require(
                self.word_scores.shape == self.topic_word.shape,
                "word_scores and topic_word differ in shape",
            )
        if self.topic_embeddings is not None:
            _require(
                self.topic_embeddings.shape[0] == num_topics,
                "topic_embeddings must have one row per topic",
            )
            _require_finite("topic_embeddings", self.topic_embeddings)

    @property
    def num_topics(self) -> int:
        """Number of topics."""
        return int(self.topic_word.shape[0])

    def top_words(self, n: int) -> NDArray[np.intp]:
        """Return the ids of the `n` top words of each topic, best first: (num_topics, n)."""
        return ranked_words(self.topic_word, self.word_scores)[:, :n]


def ranked_words(
    topic_word: NDArray[np.float32], word_scores: NDArray[np.float32] | None
) -> NDArray[np.intp]:
    """Return the ids of all words of each topic, best first: (num_topics, n_words)."""
    scores = topic_word if word_scores is None else word_scores
    return np.argsort(-scores, axis=1, kind="stable")


@dataclass(frozen=True)
class ModelTable:
    """A result of a model besides its topics, as a table for readers.

    Attributes
    ----------
    name : str
        One of `theta.layout.MODEL_TABLES`.
    columns : tuple of str
    rows : sequence of sequence
        Text, numbers, or None for an empty cell.
    sentences : sequence of str
        A summary for the console, one line each.
    """

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str | int | float | None]]
    sentences: Sequence[str] = ()

    def __post_init__(self) -> None:
        _require(
            all(len(row) == len(self.columns) for row in self.rows),
            f"the table {self.name} has a row without one value per column",
        )


@dataclass(frozen=True)
class Metric:
    """One metric of a run, and how it was computed.

    Attributes
    ----------
    name : str
        The key in evaluation_results.json.
    value : float or None
        None if it cannot be computed; `reason` then says why.
    definition : str
        One line: top words, window, smoothing, reference corpus, split.
    per_topic : sequence of (float or None), optional
    interval : (low, high), optional
        95 % bootstrap interval over topics.
    reason : str, optional
    documents : str
        Which documents it was computed on; values for different documents are not ranked. Empty
        if it depends on topics only.
    """

    name: str
    value: float | None
    definition: str
    per_topic: Sequence[float | None] | None = None
    interval: tuple[float, float] | None = None
    reason: str | None = None
    documents: str = ""

    def __post_init__(self) -> None:
        _require(
            (self.value is None) == (self.reason is not None),
            f"metric {self.name} needs either a value or a reason",
        )
        _require(
            self.value is None or bool(np.isfinite(self.value)),
            f"metric {self.name} is not finite; it should be None with a reason",
        )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _require_finite(name: str, array: NDArray[Any]) -> None:
    _require(bool(np.isfinite(array).all()), f"{name} has values that are not finite")


def _require_distribution(name: str, array: NDArray[Any]) -> None:
    _require(array.ndim == 2, f"{name} is not a matrix")
    _require_finite(name, array)
    sums = array.sum(axis=1, dtype=np.float64)
    # float32 rows over a large vocabulary round to about 1e-4 at worst.
    _require(
        bool((array >= 0).all() and np.abs(sums - 1).max(initial=0) < 1e-3),
        f"{name} has rows that are not probability distributions",
    )
