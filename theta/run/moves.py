"""How the topics of a run have moved since the run that it goes on from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import ModelTable, TopicModelOutput
from theta.models.earlier_topics import EarlierTopics
from theta.plots.similarity import word_similarity
from theta.run.topics import TOP_WORDS_SHOWN

if TYPE_CHECKING:
    from theta.run.run import Run

_TABLE = "topic_moves"

_SHOWN = 5
"""Topics whose moves are shown on the console: those that moved most."""


def topic_moves(
    run: Run, earlier: EarlierTopics, output: TopicModelOutput, vocabulary: Sequence[str]
) -> dict[str, Any]:
    """Return which topics have moved since a run, and by how much, ready for JSON.

    Parameters
    ----------
    run : Run
        The run that the training started from.
    earlier : EarlierTopics
    output : TopicModelOutput
        Of the training.
    vocabulary : sequence of str
    """
    n_earlier = len(run.numbers)
    both = np.vstack([earlier.topic_word, output.topic_word])[:, earlier.known].astype(np.float64)
    both /= np.maximum(both.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    distances = 1 - word_similarity(both)[n_earlier:, :n_earlier]
    shares = output.doc_topic.mean(axis=0, dtype=np.float64)
    tops = output.top_words(TOP_WORDS_SHOWN).tolist()
    topics = []
    for k, number in enumerate(earlier.numbers):
        words = [vocabulary[v] for v in tops[k]]
        record = {"topic": number, "share": round(float(shares[k]), 6), "top_words": words}
        if k < n_earlier:
            earlier_words = [word for word, _ in run.topic_words[k][:TOP_WORDS_SHOWN]]
            nearest = int(distances[k].argmin())
            record |= {
                "share_before": round(float(run.shares[k]), 6),
                "distance": round(float(distances[k, k]), 6),
                "nearest": run.numbers[nearest],
                "left": [word for word in earlier_words if word not in words],
                "came": [word for word in words if word not in earlier_words],
            }
        topics.append(record)
    return {"run": str(run.files.root), "fingerprint": earlier.fingerprint, "topics": topics}


def moves_table(update: Mapping[str, Any], names: Mapping[int, str]) -> ModelTable:
    """Return the moves of topics as a table.

    Parameters
    ----------
    update : mapping
        Result of `topic_moves`.
    names : mapping of int to str
        Given name, or none, of each topic by its number; topics that are gone are left out.
    """
    topics = [record for record in update["topics"] if record["topic"] in names]
    old = [record for record in topics if "distance" in record]
    rows = [
        (
            record["topic"],
            names[record["topic"]],
            record.get("distance"),
            record.get("share_before"),
            record["share"],
            " ".join(record.get("left", [])),
            " ".join(record.get("came", record["top_words"])),
        )
        for record in topics
    ]
    return ModelTable(
        _TABLE,
        ("topic", "name", "distance", "share_before", "share", "words_left", "words_came"),
        rows,
        tuple(_sentences(update, old, [r for r in topics if "distance" not in r], names)),
    )


def _sentences(
    update: Mapping[str, Any],
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    names: Mapping[int, str],
) -> list[str]:
    """Return the summary: the topics that moved most, those that became another, the new ones."""
    if not old:
        return []
    distances = np.array([record["distance"] for record in old])
    sentences = [
        f"Since {update['run']} the words of {len(old)} topics have moved by "
        f"{np.median(distances):.3f} (median; 0: not at all, 1: no word in common)"
    ]
    for record in sorted(old, key=lambda record: -record["distance"])[:_SHOWN]:
        change = f"share {record['share_before']:.1%}, now {record['share']:.1%}"
        left, came = " ".join(record["left"]) or "none", " ".join(record["came"]) or "none"
        sentences.append(
            f"  topic {_titled(record, names)}: {record['distance']:.3f}; {change}; words that "
            f"left the ten: {left}; that came: {came}"
        )
    sentences += [
        f"  topic {_titled(record, names)} now has the words of topic {record['nearest']}: "
        "read its documents before you compare it with the earlier run"
        for record in old
        if record["nearest"] != record["topic"]
    ]
    sentences += [
        f"  topic {_titled(record, names)} is new: share {record['share']:.1%}; "
        f"{' '.join(record['top_words'])}"
        for record in new
    ]
    return sentences


def _titled(record: Mapping[str, Any], names: Mapping[int, str]) -> str:
    name = names[record["topic"]]
    return f"{record['topic']} {name}" if name else str(record["topic"])
