"""How well the topics of a run meet the descriptions they were asked for by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.corpus.apply import CorpusRules
from theta.models.described_topics import FALSE_FITS, DescriptionFit

_BEST_DOCUMENTS = 5

_MOSTLY = 0.5
"""Share of a topic's documents that should fit its description."""


@dataclass(frozen=True)
class MetDescription:
    """How well one topic meets its description.

    Attributes
    ----------
    topic : int
        Number of the topic.
    name, description : str
    documents : int
        Documents whose main topic it is.
    fitting : int or None
        Those that fit the description; None if too few documents were held out to say so.
    threshold : float or None
        Similarity from which a document fits.
    similarity, others : float or None
        Mean similarity of the topic's documents to the description, and that of the others; None
        if there are none.
    ranks : mapping of str to int
        Rank of the words of the description among the words of the topic, the best first.
    best : tuple of int
        Rows of the topic's documents that are most similar to the description, the best first.
    """

    topic: int
    name: str
    description: str
    documents: int
    fitting: int | None
    threshold: float | None
    similarity: float | None
    others: float | None
    ranks: Mapping[str, int]
    best: tuple[int, ...]

    @property
    def sentence(self) -> str:
        """The result in one line."""
        if self.fitting is None:
            return f"{self.documents:,} documents"
        if not self.documents:
            return "no documents"
        share = self.fitting / self.documents
        return f"{self.documents:,} documents, of which {share:.0%} fit the description"

    @property
    def is_missed(self) -> bool:
        """Whether most of the topic's documents are about something else."""
        return self.fitting is not None and self.fitting < _MOSTLY * max(self.documents, 1)


def describe_fit(
    records: Sequence[Mapping[str, Any]],
    names: Mapping[int, str],
    fit: DescriptionFit,
    embeddings: NDArray[Any],
    main_topics: NDArray[np.integer],
    ranked_words: Mapping[int, NDArray[np.intp]],
    rules: CorpusRules,
) -> list[MetDescription]:
    """Return how well each topic meets its description.

    Parameters
    ----------
    records : sequence of mapping
        ``described_topics`` of the facts of a run.
    names : mapping of int to str
        Present name of each topic, by its number.
    fit : DescriptionFit
    embeddings : (n_docs, dim)
        May be memory-mapped.
    main_topics : (n_docs,) int
        Number of the topic with the largest weight in each document.
    ranked_words : mapping of int to (n_words,) array
        The words of each topic, best first, by its number.
    rules : CorpusRules
        By which the words of a description are counted.
    """
    similarity = fit.similarity(embeddings)
    fits = fit.fitting(similarity, main_topics)
    met = []
    for record in records:
        k: int = record["topic"]
        own = np.flatnonzero(main_topics == k)
        others = similarity[main_topics != k, k]
        best = own[np.argsort(-similarity[own, k], kind="stable")[:_BEST_DOCUMENTS]]
        known = not np.isnan(fit.thresholds[k])
        met.append(
            MetDescription(
                topic=k,
                name=names[k],
                description=record["description"],
                documents=len(own),
                fitting=int((fits == k).sum()) if known else None,
                threshold=float(fit.thresholds[k]) if known else None,
                similarity=float(similarity[own, k].mean()) if len(own) else None,
                others=float(others.mean()) if len(others) else None,
                ranks=_ranks(record, ranked_words[k], rules),
                best=tuple(best.tolist()),
            )
        )
    return met


def _ranks(
    record: Mapping[str, Any], ranked_words: NDArray[np.intp], rules: CorpusRules
) -> dict[str, int]:
    counts = rules.count([f"{record['name']}: {record['description']}"]).bow
    rank = {word: 1 + place for place, word in enumerate(ranked_words.tolist())}
    words = sorted(counts.indices.tolist(), key=lambda word: rank[word])
    return {rules.vocabulary[word]: rank[word] for word in words}


def definition() -> str:
    """Return what it means that a document fits a description."""
    return (
        "a document fits the description of its main topic if it is more similar to it than "
        f"{1 - FALSE_FITS:.0%} of the held-out documents with another main topic"
    )
