"""Signs of a bad run: useless topics, uniform shares, and what the course of the training shows.

Each check is a pure function of arrays and of the training history. It suggests options only if
the numbers support them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.evaluation.training_course import Finding, collapse_of, findings_of_training
from theta.i18n import Message

_WORDS = 10
_SAME_WORDS = 8
"""Topics that share this many of ten top words look like one topic to a reader."""

_UNIFORM = 0.1
"""Total variation distance to the corpus average below which shares count as uniform."""

_FEW_DOCUMENTS = 10
"""Documents per topic below which the number of topics is too large for the corpus."""

_MOST = 0.5
_UNUSED_SHARE = 0.1
"""Share of unused topics above which fewer topics are suggested."""


@dataclass(frozen=True)
class Health:
    """Counts of unused, duplicate and uniform topics, and the findings.

    Attributes
    ----------
    numbers : (num_topics,) int
        The number of each topic.
    documents : (num_topics,) int
        Documents in which each topic has the largest share.
    doubled : sequence of (int, int)
        Numbers of pairs of topics that share at least eight of their ten top words.
    uniform_documents, n_docs : int
        Documents whose topic shares are close to the corpus average, and all documents.
    findings : sequence of Finding
    """

    numbers: Sequence[int]
    documents: NDArray[np.int64]
    doubled: Sequence[tuple[int, int]]
    uniform_documents: int
    n_docs: int
    findings: Sequence[Finding]

    @property
    def num_topics(self) -> int:
        """Number of topics."""
        return len(self.numbers)

    @property
    def unused(self) -> list[int]:
        """Numbers of the topics that are not dominant in any document."""
        return [self.numbers[topic] for topic in np.flatnonzero(self.documents == 0).tolist()]

    def summary(self) -> Message:
        """Return the counts in one line."""
        return Message(
            "{n_used} of {num_topics} topics are dominant in some document; pairs of topics with "
            "the same top words: {n_pairs}; documents with uniform topic shares: {n_uniform:,} of "
            "{n_docs:,}",
            n_used=self.num_topics - len(self.unused),
            num_topics=self.num_topics,
            n_pairs=len(self.doubled),
            n_uniform=self.uniform_documents,
            n_docs=self.n_docs,
        )


def check_health(
    doc_topic: NDArray[np.floating[Any]],
    top_words: NDArray[np.integer[Any]],
    history: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    numbers: Sequence[int] | None = None,
) -> Health:
    """Check the topics and the training of a run.

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
    top_words : (num_topics, n) int
        The first ten are compared.
    history : sequence of mapping
        One entry per epoch; checked if it has ``validation_elbo``.
    options : mapping of str to value
        Options that the model was trained with.
    numbers : (num_topics,) int, optional
        The number of each topic; by default its position. Others are those of edited topics, which
        say nothing of how many topics to train.
    """
    n_docs, num_topics = doc_topic.shape
    of_training = tuple(range(num_topics))
    numbers = of_training if numbers is None else tuple(numbers)
    documents = dominated(doc_topic)
    doubled = doubled_topics(top_words[:, :_WORDS])
    uniform = count_uniform(doc_topic)
    findings = findings_of_training(history, options)
    collapse = collapse_of(history, options)
    if collapse is not None:
        findings.append(collapse)
    elif uniform > _MOST * n_docs:
        findings.append(_uniform(uniform, n_docs, options))
    # After an unfinished or collapsed training the topics do not show how many there should be.
    settled = not findings and numbers == of_training
    if n_docs < _FEW_DOCUMENTS * num_topics and "num_topics" in options:
        message = Message(
            "{num_topics} topics are many for {n_docs:,} documents: fewer than {least} each",
            num_topics=num_topics,
            n_docs=n_docs,
            least=_FEW_DOCUMENTS,
        )
        findings.append(Finding("few_documents", message, {"num_topics": "auto"}))
    findings += _surplus(numbers, documents, doubled, settled, options)
    pairs = [(numbers[a], numbers[b]) for a, b in doubled]
    return Health(numbers, documents, pairs, uniform, n_docs, findings)


def _surplus(
    numbers: Sequence[int],
    documents: NDArray[np.int64],
    doubled: Sequence[tuple[int, int]],
    settled: bool,
    options: Mapping[str, Any],
) -> list[Finding]:
    """Check for topics without documents or with the words of another, given by position."""
    findings = []
    num_topics = len(documents)
    unused = np.flatnonzero(documents == 0).tolist()
    many_unused = len(unused) > _UNUSED_SHARE * num_topics
    # One number for both findings: a topic may be unused and doubled.
    kept = _distinct(num_topics, doubled, unused if many_unused else [])
    fewer = _fewer(num_topics - len(kept), settled, options)
    if many_unused:
        message = Message(
            "{n_unused} of {num_topics} topics are not dominant in any document",
            n_unused=len(unused),
            num_topics=num_topics,
        )
        findings.append(Finding("unused_topics", message, fewer))
    if doubled:
        shown = ", ".join(f"{numbers[a]} and {numbers[b]}" for a, b in doubled[:5])
        message = Message("topics with the same top words: {pairs}", pairs=shown)
        if len(doubled) > 5:
            message = Message("{start} and {n_more} more pairs", start=message,
                              n_more=len(doubled) - 5)  # fmt: skip
        findings.append(Finding("doubled_topics", message, fewer))
    return findings


def dominated(doc_topic: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Return the number of documents in which each topic has the largest share."""
    return np.bincount(doc_topic.argmax(axis=1), minlength=doc_topic.shape[1]).astype(np.int64)


def doubled_topics(top_words: NDArray[np.integer[Any]]) -> list[tuple[int, int]]:
    """Return the positions of topics that share at least eight in ten top words, in pairs."""
    words = [frozenset(row) for row in top_words.tolist()]
    least = _SAME_WORDS / _WORDS * top_words.shape[1]
    return [
        (a, b)
        for b, later in enumerate(words)
        for a, earlier in enumerate(words[:b])
        if len(earlier & later) >= least
    ]


def count_uniform(doc_topic: NDArray[np.floating[Any]]) -> int:
    """Return the number of documents whose topic shares are close to the corpus average."""
    distance = np.abs(doc_topic - doc_topic.mean(axis=0)).sum(axis=1) / 2
    return int((distance < _UNIFORM).sum())


def _uniform(n_uniform: int, n_docs: int, options: Mapping[str, Any]) -> Finding:
    message = Message(
        "{n_uniform:,} of {n_docs:,} documents have nearly the topic shares of the whole corpus: "
        "these shares do not describe them",
        n_uniform=n_uniform,
        n_docs=n_docs,
    )
    # At or below 1, the standard ELBO and a sparse prior, neither is the cause of uniform shares.
    weight, alpha = options.get("kl_end"), options.get("prior_alpha")
    strong: dict[str, Any] = {}
    if weight and weight > 1:
        strong["kl_end"] = 1.0
    if alpha and alpha > 1:
        strong["prior_alpha"] = 0.1
    return Finding("uniform_documents", message, strong)


def _distinct(
    num_topics: int, doubled: Sequence[tuple[int, int]], left_out: Sequence[int]
) -> list[int]:
    """Return the topics that are neither left out nor doubles of one before them that is kept."""
    pairs, skipped = set(doubled), set(left_out)
    kept: list[int] = []
    for topic in range(num_topics):
        if topic not in skipped and not any((other, topic) in pairs for other in kept):
            kept.append(topic)
    return kept


def _fewer(surplus: int, settled: bool, options: Mapping[str, Any]) -> dict[str, Any]:
    asked = options.get("num_topics")
    return {"num_topics": max(2, asked - surplus)} if settled and asked is not None else {}
