"""The numbers of a run that charts are drawn from: plain arrays, checked when they are put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import Labels, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class DocumentMap:
    """Positions of documents on a plane.

    Attributes
    ----------
    points : (n_shown, 2) float32
    rows : (n_shown,) int64
        Rows of the documents shown, ascending; all of them in a small corpus.
    n_docs : int
        Number of documents that they were drawn from.
    method : str
        How the positions were found, in a few words for the caption.
    """

    points: NDArray[np.float32]
    rows: NDArray[np.int64]
    n_docs: int
    method: str

    def __post_init__(self) -> None:
        if self.points.shape != (len(self.rows), 2):
            raise ValueError("a document map needs two coordinates per row shown")
        if not np.isfinite(self.points).all():
            raise ValueError("a document map has positions that are not finite")


@dataclass(frozen=True)
class ChartData:
    """What is known of one run; None or empty where it is not known.

    Attributes
    ----------
    topic_words : sequence of (sequence of (str, float))
        The top words of each topic, best first by the run's own ranking, with β of each.
    doc_topic : (n_docs, num_topics) float
        θ.
    similarity : (num_topics, num_topics) float, optional
        Symmetric, 1 on the diagonal.
    similarity_name : str
        What it measures, for the caption.
    document_map : DocumentMap, optional
    metrics : sequence of Metric
    history : sequence of mapping
        One entry per epoch: ``epoch`` and numbers by name.
    best_epoch : int, optional
        The ``epoch`` whose weights the run kept.
    times : (n_docs,) datetime64[D], optional
        NaT where a document has no date.
    groups : mapping of str to Labels
        Labels and covariates by the name of their column.
    ordered : frozenset of str
        Columns whose values have an order of their own, as numbers do.
    language : {"en", "zh"}
        Language of the labels on charts.
    """

    topic_words: Sequence[Sequence[tuple[str, float]]]
    doc_topic: NDArray[np.floating[Any]]
    similarity: NDArray[np.floating[Any]] | None = None
    similarity_name: str = ""
    document_map: DocumentMap | None = None
    metrics: Sequence[Metric] = ()
    history: Sequence[Mapping[str, Any]] = ()
    best_epoch: int | None = None
    times: NDArray[np.datetime64] | None = None
    groups: Mapping[str, Labels] = field(default_factory=dict)
    ordered: frozenset[str] = frozenset()
    language: str = "en"

    def __post_init__(self) -> None:
        n_docs, num_topics = self.doc_topic.shape
        if len(self.topic_words) != num_topics:
            raise ValueError("topic_words has not one list per topic")
        if self.similarity is not None and self.similarity.shape != (num_topics, num_topics):
            raise ValueError("similarity has not one row and column per topic")
        if self.times is not None and self.times.shape != (n_docs,):
            raise ValueError("times has not one value per document")
        for name, labels in self.groups.items():
            if len(labels.codes) != n_docs:
                raise ValueError(f"group {name} has not one value per document")
        if self.document_map is not None and self.document_map.n_docs != n_docs:
            raise ValueError("the document map is of another corpus")

    @property
    def shares(self) -> NDArray[np.float64]:
        """Mean weight of each topic over the documents, (num_topics,)."""
        return np.asarray(self.doc_topic.mean(axis=0, dtype=np.float64))
