"""Documents on their way to a model: texts, counts, vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts.checks import require, require_finite

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
            require(values is None or len(values) == n, f"{name} must have one value per text")

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
        require(self.starts.ndim == 1 and len(self.starts) >= 1, "token starts are not a vector")
        require(int(self.starts[0]) == 0, "token starts do not begin at 0")
        require(int(self.starts[-1]) == len(self.ids), "token starts do not end at the last token")

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
        require(self.codes.ndim == 1, "label codes are not a vector")
        if len(self.codes):
            require(int(self.codes.max()) < len(self.names), "a label code has no name")
            require(int(self.codes.min()) >= UNLABELLED, "a label code is below UNLABELLED")


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
        require(n_words == len(self.vocabulary), "the bag of words must have one column per word")
        require(
            len(self.tokens) == n_docs, "tokens and bag of words differ in the number of documents"
        )
        require(self.split.shape == (n_docs,), "the split must have one value per document")
        require(len(self.row_ids) == n_docs, "row_ids must have one value per document")
        n_test = int(np.count_nonzero(self.split == Split.TEST))
        require(
            self.first_halves.shape == (n_test, n_words),
            "first_halves must have one row per test document",
        )
        if self.labels is not None:
            require(len(self.labels.codes) == n_docs, "labels must have one value per document")
        if self.times is not None:
            require(self.times.shape == (n_docs,), "times must have one value per document")
        for name, values in self.covariates.items():
            require(len(values) == n_docs, f"covariate {name} must have one value per document")

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
            require(array.ndim == 2, f"{name} embeddings are not a matrix")
            require(array.shape[1] == self.dim, f"{name} embeddings have a different dimension")
        # The document matrix may not fit in memory; embedding checks its rows as it writes them.
        require_finite("words", self.words)
        require_finite("test_halves", self.test_halves)

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
            require(
                self.embeddings.shape[0] == n,
                "embeddings and bag of words differ in the number of rows",
            )
        if self.times is not None:
            require(self.times.shape == (n,), "times must have one value per document")
