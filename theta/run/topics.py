"""The topics of a run as shown to readers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOP_WORDS_SAVED = 50
"""Words per topic in topic_words.json."""

TOP_WORDS_SHOWN = 10
"""Words per topic in tables and on the console."""


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes
    ----------
    number : int
    share : float
        Mean of the topic's weight over all documents.
    documents : int
        Number of documents in which the topic has the largest weight.
    words : tuple of str
        Its top words, best first.
    name : str
        Empty for a topic without a name.
    """

    number: int
    share: float
    documents: int
    words: tuple[str, ...]
    name: str = ""


def describe_topics(
    shares: NDArray[np.float64],
    documents: NDArray[np.int64],
    topic_words: Sequence[Sequence[tuple[str, float]]],
    numbers: Sequence[int],
    names: Sequence[str],
) -> list[Topic]:
    """Return the topics, largest share first.

    Parameters
    ----------
    shares : (num_topics,)
    documents : (num_topics,)
        Number of documents in which each topic has the largest weight.
    topic_words : sequence of (sequence of (str, float))
        Top words of each topic with their probabilities.
    numbers : (num_topics,) int
    names : (num_topics,) str
        Empty for topics without a name.
    """
    return [
        Topic(
            numbers[topic],
            round(float(shares[topic]), 6),
            int(documents[topic]),
            tuple(word for word, _ in topic_words[topic][:TOP_WORDS_SHOWN]),
            names[topic],
        )
        for topic in np.argsort(-shares, kind="stable").tolist()
    ]


def read_topics(entries: Sequence[Mapping[str, Any]]) -> list[Topic]:
    """Return the topics that topic_words.json lists, largest share first."""
    topics = [
        Topic(
            entry["topic"],
            entry["share"],
            entry["documents"],
            tuple(word.get("shown", word["word"]) for word in entry["words"][:TOP_WORDS_SHOWN]),
            entry.get("name", ""),
        )
        for entry in entries
    ]
    return sorted(topics, key=lambda topic: -topic.share)


def describe_ranks(guided: Mapping[str, Any]) -> str:
    """Return in one line the rank of each seed word in its topic."""
    text = ", ".join(f"{word} {rank}" for word, rank in guided["ranks"].items())
    if guided["not_in_vocabulary"]:
        text += f"; not in the vocabulary: {', '.join(guided['not_in_vocabulary'])}"
    return text
