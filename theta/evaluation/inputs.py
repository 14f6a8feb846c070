"""What the metrics of one run are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import UNLABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.contracts import Tokens
    from theta.evaluation.word_vectors import WordVectors

NO_WORD = -1
"""Fills the row of a topic that has fewer top words than the others."""


@dataclass(frozen=True)
class HeldOut:
    """Test documents for document completion.

    Attributes
    ----------
    doc_topic : (n_test, num_topics)
        θ, inferred from the first half of each document alone.
    second_halves : (n_test, n_words) csr_array
        Counts of the words to be predicted.
    """

    doc_topic: NDArray[np.floating[Any]]
    second_halves: csr_array

    def __post_init__(self) -> None:
        if self.doc_topic.shape[0] != self.second_halves.shape[0]:
            raise ValueError("held-out doc_topic and second halves differ in documents")


@dataclass(frozen=True)
class LabelTask:
    """Labelled documents to learn from and labelled documents to evaluate on.

    Attributes
    ----------
    doc_topic : (n_docs, num_topics)
        θ of the whole corpus.
    codes : (n_docs,) int
        The label of each document.
    train, test : (n,) int
        Rows of the labelled documents to learn from and to evaluate on.
    predicted : (n_test,) int, optional
        Labels that the model itself predicts for the test documents.
    features : (n_docs, dim), optional
        The document embeddings, as a control. May be memory-mapped: only the rows
        needed are read.
    """

    doc_topic: NDArray[np.floating[Any]]
    codes: NDArray[np.integer[Any]]
    train: NDArray[np.integer[Any]]
    test: NDArray[np.integer[Any]]
    predicted: NDArray[np.integer[Any]] | None = None
    features: NDArray[np.floating[Any]] | None = None

    def __post_init__(self) -> None:
        if len(self.doc_topic) != len(self.codes):
            raise ValueError("doc_topic and codes differ in documents")
        if (self.train_codes == UNLABELLED).any() or (self.test_codes == UNLABELLED).any():
            raise ValueError("a document without a label is in a label task")

    @property
    def train_codes(self) -> NDArray[np.integer[Any]]:
        """The labels to learn from: (n_train,)."""
        return self.codes[self.train]

    @property
    def test_codes(self) -> NDArray[np.integer[Any]]:
        """The labels to evaluate on: (n_test,)."""
        return self.codes[self.test]


@dataclass(frozen=True)
class EvaluationInputs:
    """The arrays from which the metrics of a run are computed.

    Attributes
    ----------
    top_words : (num_topics, n_top) int
        Word ids, best first; `NO_WORD` after the last word of a shorter topic.
    topic_word : (num_topics, n_words)
        β.
    doc_topic : (n_docs, num_topics)
        θ of the documents of `label_codes`.
    reference : Tokens
        Text in which co-occurrence is counted: the corpus, or other texts over its vocabulary.
    label_codes : (n_docs,) int, optional
        The label of each document, or `theta.contracts.UNLABELLED`.
    held_out : HeldOut, optional
    label_task : LabelTask, optional
    seed : int
        Seed of the bootstrap and of the folds of the cross-validation.
    reference_name, documents_name : str
        Names of the reference and of the documents of `doc_topic` in definitions.
    vocabulary : sequence of str
        The words; empty if `word_vectors` is None and they are not needed.
    word_vectors : WordVectors, optional
        None if there are none for the languages of the corpus.
    languages : sequence of str
        ISO 639-1 codes of the languages of the corpus, for the reason.
    n_threads : int
        Number of classifiers that are fitted at a time.
    """

    top_words: NDArray[np.integer[Any]]
    topic_word: NDArray[np.floating[Any]]
    doc_topic: NDArray[np.floating[Any]]
    reference: Tokens
    label_codes: NDArray[np.integer[Any]] | None = None
    held_out: HeldOut | None = None
    label_task: LabelTask | None = None
    seed: int = 0
    reference_name: str = "the corpus"
    documents_name: str = "all labelled documents"
    vocabulary: Sequence[str] = ()
    word_vectors: WordVectors | None = None
    languages: Sequence[str] = ()
    n_threads: int = 1

    def __post_init__(self) -> None:
        num_topics, n_words = self.topic_word.shape
        if len(self.top_words) != num_topics or self.doc_topic.shape[1] != num_topics:
            raise ValueError("top_words, topic_word and doc_topic differ in topics")
        check_top_words(self.top_words, n_words)
        if self.word_vectors is not None and len(self.vocabulary) != n_words:
            raise ValueError("vocabulary and topic_word differ in words")
        if self.label_codes is not None and len(self.label_codes) != len(self.doc_topic):
            raise ValueError("label_codes and doc_topic differ in documents")
        if self.held_out is not None:
            if self.held_out.doc_topic.shape[1] != num_topics:
                raise ValueError("held-out doc_topic and topic_word differ in topics")
            if self.held_out.second_halves.shape[1] != n_words:
                raise ValueError("second halves and topic_word differ in words")


def check_top_words(top_words: NDArray[np.integer[Any]], n_words: int | None = None) -> None:
    """Check that each row lists distinct words, followed by `NO_WORD` only.

    Raises
    ------
    ValueError
        If a word is not in the vocabulary, occurs twice or follows `NO_WORD`.
    """
    if top_words.ndim != 2 or not np.issubdtype(top_words.dtype, np.integer):
        raise ValueError("top_words is not a matrix of word ids")
    if top_words.size == 0:
        return
    if top_words.min() < NO_WORD or (n_words is not None and top_words.max() >= n_words):
        raise ValueError("top_words has a word id outside the vocabulary")
    is_word = top_words != NO_WORD
    if (is_word[:, 1:] > is_word[:, :-1]).any():
        raise ValueError("top_words has a word after NO_WORD")
    ordered = np.sort(top_words, axis=1)
    if ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] != NO_WORD)).any():
        raise ValueError("top_words has the same word twice in one topic")


def top(top_words: NDArray[np.integer[Any]], n: int) -> NDArray[np.integer[Any]]:
    """Return the first `n` columns, without trailing columns that contain no word."""
    longest = int((top_words != NO_WORD).sum(axis=1).max(initial=0))
    return top_words[:, : min(n, longest)]
