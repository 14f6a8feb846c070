"""What the page shows, as plain data; the pipeline fills it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import Labels, Metric

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ShareTable:
    """Mean topic weights of sets of documents, with 95 % intervals.

    Attributes
    ----------
    mean, low, high : (n_sets, num_topics) float
        NaN for a set of too few documents.
    counts : (n_sets,) int
        Documents in each set.
    """

    mean: NDArray[np.floating[Any]]
    low: NDArray[np.floating[Any]]
    high: NDArray[np.floating[Any]]
    counts: NDArray[np.integer[Any]]


@dataclass(frozen=True)
class OverTime:
    """Shares by period.

    Attributes
    ----------
    unit : str
        day, week, month, quarter, year or decade.
    starts : sequence of str
        First day of each period, ISO.
    shares : ShareTable
    """

    unit: str
    starts: Sequence[str]
    shares: ShareTable


@dataclass(frozen=True)
class Group:
    """Shares by the values of one column.

    Attributes
    ----------
    labels : Labels
        The value of each document.
    shares : ShareTable
        One row per name in `labels`.
    ordered : bool
        The names have an order of their own; others are shown largest share first.
    """

    labels: Labels
    shares: ShareTable
    ordered: bool = False


@dataclass(frozen=True)
class MapPoints:
    """Positions of documents on a plane.

    Attributes
    ----------
    points : (n_shown, 2) float
    rows : (n_shown,) int
        Rows of the documents shown.
    method : str
    """

    points: NDArray[np.floating[Any]]
    rows: NDArray[np.integer[Any]]
    method: str


@dataclass(frozen=True)
class MetricText:
    """What a metric means, for people.

    Attributes
    ----------
    meaning : str
    better : {"higher", "lower"}
    """

    meaning: str
    better: str


@dataclass(frozen=True)
class SeedWordRanks:
    """What became of a topic that was given seed words.

    Attributes
    ----------
    name : str
    ranks : mapping of str to int
        From 1, in the run's own ranking of the topic's words.
    missing : sequence of str
        Seed words that are not in the vocabulary.
    """

    name: str
    ranks: Mapping[str, int]
    missing: Sequence[str] = ()


@dataclass(frozen=True)
class PredictedLabels:
    """The labels that a run told of documents whose labels it had not seen.

    Attributes
    ----------
    names : sequence of str
    counts : (n, n) sequence of int
        Documents by their label (rows) and the told one (columns).
    f1 : (n,) sequence of float
        Of each label.
    """

    names: Sequence[str]
    counts: Sequence[Sequence[int]]
    f1: Sequence[float]


@dataclass(frozen=True)
class ReportData:
    """One run.

    Attributes
    ----------
    title : str
    facts : sequence of (str, str)
        What was run, by name: data set, model, documents, topics, seconds, ...
    vocabulary : sequence of str
    topic_word : (num_topics, n_words) float
        β; rows sum to one.
    word_counts : (n_words,) int
        How often each word occurs in the corpus.
    top_words : (num_topics, n) int
        Ids of the top words of each topic by the run's own ranking, best first; the page shows
        all of them for one topic, the first ten elsewhere.
    doc_topic : (n_docs, num_topics) float
        θ.
    texts : sequence of str
        Asked for the shown rows only, so it may read from disk.
    row_ids : sequence of str
        The documents' names in the user's file.
    ranking : str
        A sentence: what the run ranks its top words by.
    relevance : float
        λ at which the slider of the other view stands first.
    document_map : MapPoints, optional
    similarity : (num_topics, num_topics) float, optional
        Symmetric, 1 on the diagonal.
    similarity_name : str
    similarity_order : sequence of int
        Topics in an order that puts similar ones side by side; that of their numbers if empty.
    metrics : sequence of Metric
    metric_texts : mapping of str to MetricText
        By the name of the metric.
    told_labels : PredictedLabels, optional
        Of a run that has learnt labels.
    stability : sequence of (float or None), optional
        How far each topic comes back with another seed, 0 to 1.
    stable : sequence of bool, optional
        Whether each topic counts as stable.
    guided : mapping of int to SeedWordRanks
        The topics that were given seed words, by number.
    history : sequence of mapping
        One entry per epoch: ``epoch`` and the numbers to draw, in the order of their curves.
    best_epoch : int, optional
    over_time : OverTime, optional
    groups : mapping of str to Group
        By the name of the column.
    settings : mapping of str to mapping of str to str
        Sections of names and values: options, versions, fingerprints.
    command : str
        What to type to do the run again.
    language : {"en", "zh"}
    seed : int
        Draws the documents that are shown where there is no map.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    vocabulary: Sequence[str]
    topic_word: NDArray[np.floating[Any]]
    word_counts: NDArray[np.integer[Any]]
    top_words: NDArray[np.integer[Any]]
    doc_topic: NDArray[np.floating[Any]]
    texts: Sequence[str]
    row_ids: Sequence[str]
    ranking: str = ""
    relevance: float = 1.0
    document_map: MapPoints | None = None
    similarity: NDArray[np.floating[Any]] | None = None
    similarity_name: str = ""
    similarity_order: Sequence[int] = ()
    metrics: Sequence[Metric] = ()
    metric_texts: Mapping[str, MetricText] = field(default_factory=dict)
    told_labels: PredictedLabels | None = None
    stability: Sequence[float | None] | None = None
    stable: Sequence[bool] | None = None
    guided: Mapping[int, SeedWordRanks] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    best_epoch: int | None = None
    over_time: OverTime | None = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    command: str = ""
    language: str = "en"
    seed: int = 0

    def __post_init__(self) -> None:
        n_docs, num_topics = self.doc_topic.shape
        wanted = {
            "topic_word": self.topic_word.shape == (num_topics, len(self.vocabulary)),
            "word_counts": self.word_counts.shape == (len(self.vocabulary),),
            "top_words": self.top_words.shape[0] == num_topics,
            "texts": len(self.texts) == n_docs,
            "row_ids": len(self.row_ids) == n_docs,
            "similarity": self.similarity is None
            or self.similarity.shape == (num_topics, num_topics),
            "stability": self.stability is None or len(self.stability) == num_topics,
            "stable": self.stable is None or len(self.stable) == num_topics,
            "guided": all(0 <= topic < num_topics for topic in self.guided),
            "groups": all(len(g.labels.codes) == n_docs for g in self.groups.values()),
        }
        wrong = [name for name, right in wanted.items() if not right]
        if wrong:
            raise ValueError(f"the page's data do not fit together: {', '.join(wrong)}")

    @property
    def n_docs(self) -> int:
        """Number of documents."""
        return int(self.doc_topic.shape[0])

    @property
    def num_topics(self) -> int:
        """Number of topics."""
        return int(self.doc_topic.shape[1])
