"""The hierarchy over the topics of a run, with words and a name for each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import Split
from theta.models.hierarchy import Node, groups_at, mean_vectors, topic_hierarchy
from theta.models.naming.names import TopicName
from theta.models.topic_words import log_word_frequencies, relevance
from theta.run.naming import find_names
from theta.run.topics import TOP_WORDS_SAVED, TOP_WORDS_SHOWN
from theta.run.word_forms import fold_forms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.run.run_topics import RunTopics

_RELEVANCE = 0.3
"""Weight of log β in the ranking of the words of a group."""

_LEAST_COVER = 0.05
"""Least share of a group's documents that contain the phrase of its name."""

_NAMES_SHOWN = 2
"""Names of topics that make up the name of a group without a phrase of its own."""


@dataclass(frozen=True)
class Group:
    """Topics that a level of the hierarchy shows as one: a single topic, or several.

    Attributes
    ----------
    topics : tuple of int
        Numbers of the topics.
    share : float
        The sum of their shares.
    documents : int
        Number of documents in which one of them has the largest share.
    words : tuple of str
        Top words, best first.
    name : str
    """

    topics: tuple[int, ...]
    share: float
    documents: int
    words: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Hierarchy:
    """The merges of topics, the most similar first.

    Attributes
    ----------
    nodes : tuple of Node
    groups : tuple of Group
        What each node shows.
    """

    nodes: tuple[Node, ...]
    groups: tuple[Group, ...]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the content of hierarchy.json."""
        return [
            {
                "children": list(node.children),
                "height": node.height,
                "topics": list(group.topics),
                "share": group.share,
                "documents": group.documents,
                "name": group.name,
                "words": list(group.words),
            }
            for node, group in zip(self.nodes, self.groups, strict=True)
        ]

    @classmethod
    def from_json(cls, entries: Sequence[Mapping[str, Any]], numbers: Sequence[int]) -> Hierarchy:
        """Return the hierarchy that `to_json` wrote, of topics with these numbers."""
        position = {number: at for at, number in enumerate(numbers)}
        nodes, groups = [], []
        for entry in entries:
            first, second = entry["children"]
            members = tuple(sorted(position[number] for number in entry["topics"]))
            nodes.append(Node((first, second), members, entry["height"]))
            shown = (entry["share"], entry["documents"], tuple(entry["words"]), entry["name"])
            groups.append(Group(tuple(entry["topics"]), *shown))
        return cls(tuple(nodes), tuple(groups))


def find_hierarchy(run: RunTopics) -> Hierarchy:
    """Return the hierarchy over the topics of a run; it has no merges if there is one topic."""
    embeddings = run.prepared.embeddings
    meaning = None if embeddings is None else mean_vectors(run.doc_topic, embeddings.documents)
    nodes = topic_hierarchy(run.similarity, meaning)
    if not nodes:
        return Hierarchy((), ())
    ranked = _ranked_words(run, nodes)
    # The last node is all topics: nothing sets it apart.
    names = find_names(run, [node.topics for node in nodes[:-1]], ranked, run.names)
    shares = {topic.number: topic.share for topic in run.topics}
    documents = {topic.number: topic.documents for topic in run.topics}
    texts = [*_distinctive(run, nodes, names), ""]
    groups = []
    for node, words, name in zip(nodes, ranked[:, :TOP_WORDS_SHOWN].tolist(), texts, strict=True):
        numbers = tuple(run.numbers[at] for at in node.topics)
        groups.append(
            Group(
                numbers,
                _total(shares[number] for number in numbers),
                sum(documents[number] for number in numbers),
                tuple(run.vocabulary[word] for word in words),
                name,
            )
        )
    return Hierarchy(nodes, tuple(groups))


def _distinctive(run: RunTopics, nodes: Sequence[Node], names: Sequence[TopicName]) -> list[str]:
    """Return the names of groups; one that other documents contain too gives way.

    No phrase is common to a group of many subjects. It has the names of its largest topics.
    """
    used = {name.casefold() for name in run.names}
    found = []
    for node, name in zip(nodes, names, strict=False):
        text = name.name
        if not _sets_apart(name):
            largest = sorted(node.topics, key=lambda at: (-run.shares[at], at))
            n = _NAMES_SHOWN
            while (text := ", ".join(run.names[at] for at in largest[:n])).casefold() in used:
                n += 1
        used.add(text.casefold())
        found.append(text)
    return found


def _sets_apart(name: TopicName) -> bool:
    """Return whether the phrase of a group's name is frequent in the group and rare elsewhere."""
    if not name.documents or not name.of_documents or name.other_documents is None:
        return False
    documents_read = name.of_documents + (name.of_other_documents or 0)
    share = name.of_documents / documents_read
    exclusivity = name.documents / (name.documents + name.other_documents)
    # Any phrase is mostly in the group if most documents are.
    cover = name.documents / name.of_documents
    return exclusivity >= (2 + share) / 3 and cover >= _LEAST_COVER


def level(run: RunTopics, num_groups: int) -> list[Group]:
    """Return a run as it reads with fewer topics, the largest group first.

    Shares add up: that of a group is the sum of those of its topics.

    Parameters
    ----------
    run : RunTopics
    num_groups : int
        From 1 to the number of topics.
    """
    hierarchy = run.hierarchy
    merged = {
        node.topics: group for node, group in zip(hierarchy.nodes, hierarchy.groups, strict=True)
    }
    single = {
        (at,): Group((topic.number,), topic.share, topic.documents, topic.words, topic.name)
        for at, topic in enumerate(run.topics_by_row)
    }
    shown = [(merged | single)[members] for members in groups_at(hierarchy.nodes, num_groups)]
    return sorted(shown, key=lambda group: -group.share)


def _total(shares: Any) -> float:
    """Return the sum of shares as they are written, with six decimals."""
    return sum(round(share * 1_000_000) for share in shares) / 1_000_000


def _ranked_words(run: RunTopics, nodes: Sequence[Node]) -> NDArray[np.intp]:
    """Return the best words of each group: its topics' β mixed by their shares, by relevance."""
    corpus = run.prepared.corpus
    background = log_word_frequencies(corpus.bow[corpus.rows(Split.TRAIN)])
    shares = np.maximum(run.shares, np.finfo(np.float64).tiny)
    mixtures = np.stack(
        [
            np.average(run.topic_word[list(n.topics)], axis=0, weights=shares[list(n.topics)])
            for n in nodes
        ]
    )
    log_mixtures = np.log(np.maximum(mixtures, np.finfo(np.float32).tiny))
    scores = relevance(log_mixtures.astype(np.float32), background, _RELEVANCE)
    ranked = np.argsort(-scores, axis=1, kind="stable")
    if run.forms is not None:
        ranked = fold_forms(ranked, run.forms)
    return ranked[:, :TOP_WORDS_SAVED]
