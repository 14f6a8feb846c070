"""What a model has found, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts.checks import require, require_distribution, require_finite

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        require_distribution("doc_topic", self.doc_topic)
        require_distribution("topic_word", self.topic_word)
        num_topics = self.topic_word.shape[0]
        require(
            self.doc_topic.shape[1] == num_topics,
            "doc_topic and topic_word differ in the number of topics",
        )
        if self.word_scores is not None:
            require(
                self.word_scores.shape == self.topic_word.shape,
                "word_scores and topic_word differ in shape",
            )
        if self.topic_embeddings is not None:
            require(
                self.topic_embeddings.shape[0] == num_topics,
                "topic_embeddings must have one row per topic",
            )
            require_finite("topic_embeddings", self.topic_embeddings)

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
        require(
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
        require(
            (self.value is None) == (self.reason is not None),
            f"metric {self.name} needs either a value or a reason",
        )
        require(
            self.value is None or bool(np.isfinite(self.value)),
            f"metric {self.name} is not finite; it should be None with a reason",
        )
