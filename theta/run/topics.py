"""The topics of a run as people see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theta.contracts import TopicModelOutput

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
    words : tuple of str
        Its top words, best first.
    name : str
        Of a topic with seed words, else empty.
    """

    number: int
    share: float
    words: tuple[str, ...]
    name: str = ""


def describe_topics(output: TopicModelOutput, vocabulary: Sequence[str]) -> list[Topic]:
    """Return the topics, largest share first."""
    shares = output.doc_topic.mean(axis=0, dtype=np.float64)
    top = output.top_words(TOP_WORDS_SHOWN)
    names = {topic: guided["name"] for topic, guided in guided_topics(output).items()}
    return [
        Topic(k, round(float(shares[k]), 6), tuple(vocabulary[v] for v in top[k]), names.get(k, ""))
        for k in np.argsort(-shares, kind="stable").tolist()
    ]


def guided_topics(output: TopicModelOutput) -> dict[int, Mapping[str, Any]]:
    """Return what is recorded of the topics with seed words, by their number."""
    return {guided["topic"]: guided for guided in output.facts.get("seed_words", ())}


def describe_ranks(guided: Mapping[str, Any]) -> str:
    """Return in one line the rank of each seed word in its topic."""
    text = ", ".join(f"{word} {rank}" for word, rank in guided["ranks"].items())
    if guided["not_in_vocabulary"]:
        text += f"; not in the vocabulary: {', '.join(guided['not_in_vocabulary'])}"
    return text
