"""The items of a run: what a coder is asked, and the intruder.

Word and topic intrusion follow Chang et al. (2009), "Reading tea leaves: How humans interpret topic
models". Document set intrusion asks the same of documents, in the spirit of the sets of Ying,
Montgomery & Stewart (2022), "Topics, concepts, and measurement", Political Analysis 30.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.intrusion.similar_words import are_forms
from theta.intrusion.texts import UsedTexts, shorten
from theta.options.intrusion import TASKS
from theta.run import Run

WORDS_SHOWN = 5
"""Words of the topic beside the intruder, as in Chang et al."""

WORD_SETS = 2
"""Items of word intrusion per topic: its words 1 to 5, then 6 to 10."""

INTRUDER_RANKS = 20
"""An intruder is among this many top words of another topic."""

DOCUMENTS_SHOWN = 3
TYPICAL = 20
"""Documents are drawn from this many of those whose main topic it is, those with the largest weight
and at most the upper half."""

TOPIC_WORDS = 8
"""Words by which a topic is shown in topic intrusion, as in Chang et al."""

TOPICS_SHOWN = 3
LEAST_WEIGHT = 0.05
"""Least weight of a topic in a document that counts as one of its topics."""

RATED_WORDS = 10
_NEAREST = 5
"""An intruder is drawn from this many candidates that resemble the others most: in frequency for a
word, in length for a document, in share for a topic."""


@dataclass(frozen=True)
class Item:
    """One question.

    Attributes
    ----------
    task : str
        One of `theta.options.intrusion.TASKS`.
    topic : int
        Number of the topic that the answer is about.
    options : tuple of str
        What the coder chooses from, in random order; empty for a rating.
    intruder : int, optional
        Index of the intruder in `options`; None for a rating.
    text : str
        What is shown above the options: a document, or the words to rate.
    sources : tuple of str
        What each option is: words, ids of documents, or numbers of topics.
    """

    task: str
    topic: int
    options: tuple[str, ...] = ()
    intruder: int | None = None
    text: str = ""
    sources: tuple[str, ...] = ()


def make_items(
    run: Run, task: str, n_items: int, text_length: int, seed: int
) -> tuple[list[Item], list[str]]:
    """Return up to `n_items` different items of one task, in rounds over the topics.

    Parameters
    ----------
    run : Run
    task : str
    n_items : int
    text_length : int
        Characters of a document that are shown.
    seed : int

    Returns
    -------
    items : list of Item
        Each round has at most one item per topic, in random order.
    notes : list of str
        Which topics have no item.
    """
    rng = np.random.default_rng([seed, TASKS.index(task)])
    maker = _MAKERS[task](run, text_length, rng)
    items: list[Item] = []
    notes: list[str] = []
    left = list(range(run.num_topics))
    while left and len(items) < n_items:
        made = {topic: maker(topic) for topic in rng.permutation(left).tolist()}
        without = sorted(topic for topic, item in made.items() if item is None)
        if without and not items:
            notes.append(
                f"{task}: no item for {_topics([run.numbers[topic] for topic in without])}"
            )
        left = [topic for topic, item in made.items() if item is not None]
        items += [
            replace(item, topic=run.numbers[topic])
            for topic, item in made.items()
            if item is not None
        ]
    return items[:n_items], notes


WHY_LIMITED = {
    "words": f"a topic has at most {WORD_SETS}, and each intruder is used once",
    "documents": f"each document is used once, from the {TYPICAL} most typical ones of a topic",
    "topics": "each document is used once, and needs at least two topics with a weight of "
    f"{LEAST_WEIGHT:.0%} or more",
}
"""Why there can be too few items. Of ratings there is one per topic, by design."""

Maker = Callable[[int], "Item | None"]
"""Returns the next item of the topic at a position."""


def _words(run: Run, text_length: int, rng: np.random.Generator) -> Maker:  # noqa: ARG001
    ranked = run.top_words(INTRUDER_RANKS)
    counts = run.prepared.corpus.bow
    frequency = np.log1p(np.bincount(counts.indices, minlength=counts.shape[1]))
    shown_somewhere = set(ranked[:, : WORDS_SHOWN * WORD_SETS].ravel().tolist())
    # The lower half by probability, as in Chang et al.: not a word of this topic too.
    low = run.topic_word <= np.median(run.topic_word, axis=1, keepdims=True)
    used: set[int] = set()
    rounds: dict[int, int] = {}

    def pool(topic: int, shown: Sequence[int]) -> list[int]:
        others = np.delete(ranked, topic, axis=0).ravel().tolist()
        words = [run.vocabulary[v] for v in shown]
        return [
            v
            for v in dict.fromkeys(others)
            if low[topic, v]
            and v not in used
            and v not in shown
            and not any(are_forms(run.vocabulary[v], word) for word in words)
        ]

    def make(topic: int) -> Item | None:
        first = rounds.get(topic, 0) * WORDS_SHOWN
        rounds[topic] = rounds.get(topic, 0) + 1
        shown = ranked[topic, first : first + WORDS_SHOWN].tolist()
        if rounds[topic] > WORD_SETS or len(shown) < WORDS_SHOWN:
            return None
        if not (run.topic_word[topic, shown] > 0).all():
            return None
        candidates = pool(topic, shown)
        # A word that coders also see as a word of its own topic would be recognised there.
        candidates = [v for v in candidates if v not in shown_somewhere] or candidates
        if not candidates:
            return None
        distance = np.abs(frequency[candidates] - np.median(frequency[shown]))
        intruder = candidates[_draw_nearest(distance, rng)]
        used.add(intruder)
        texts = [run.vocabulary[v] for v in (*shown, intruder)]
        return _shuffled("words", topic, texts, texts, rng)

    return make


def _documents(run: Run, text_length: int, rng: np.random.Generator) -> Maker:
    typical = _typical_documents(run)
    median = np.median(run.doc_topic, axis=0)
    used = UsedTexts(run.texts)

    def make(topic: int) -> Item | None:
        own = used.free(typical[topic])
        if len(own) < DOCUMENTS_SHOWN:
            return None
        shown = rng.choice(own, DOCUMENTS_SHOWN, replace=False).tolist()
        others = [row for k, rows in enumerate(typical) if k != topic for row in rows]
        candidates = [
            row for row in used.free(others) if run.doc_topic[row, topic] <= median[topic]
        ]
        if not candidates:
            return None
        lengths = np.array([min(len(run.texts[row]), text_length) for row in candidates])
        target = np.mean([min(len(run.texts[row]), text_length) for row in shown])
        intruder = candidates[_draw_nearest(np.abs(lengths - target), rng)]
        rows = [*shown, intruder]
        used.add(rows)
        texts = [shorten(run.texts[row], text_length) for row in rows]
        ids = [str(run.prepared.corpus.row_ids[row]) for row in rows]
        return _shuffled("documents", topic, texts, ids, rng)

    return make


def _topics_of_documents(run: Run, text_length: int, rng: np.random.Generator) -> Maker:
    dominant = run.doc_topic.argmax(axis=1)
    words = run.top_words(TOPIC_WORDS)
    names = [", ".join(run.vocabulary[v] for v in row) for row in words.tolist()]
    used = UsedTexts(run.texts)
    n_shown = np.minimum((run.doc_topic >= LEAST_WEIGHT).sum(axis=1), TOPICS_SHOWN)

    def make(topic: int) -> Item | None:
        for n in range(TOPICS_SHOWN, 1, -1):
            rows = np.flatnonzero((dominant == topic) & (n_shown == n)).tolist()
            free = used.free(rng.permutation(rows).astype(int).tolist()[: 4 * TYPICAL])
            if free and run.num_topics > n:
                break
        else:
            return None
        row = free[0]
        used.add([row])
        order = np.argsort(-run.doc_topic[row], kind="stable").tolist()
        shown, candidates = order[:n], order[max(n, run.num_topics // 2) :]
        distance = np.abs(run.shares[candidates] - np.median(run.shares[shown]))
        chosen = [*shown, candidates[_draw_nearest(distance, rng)]]
        text = shorten(run.texts[row], text_length)
        texts, numbers = [names[k] for k in chosen], [str(run.numbers[k]) for k in chosen]
        return _shuffled("topics", topic, texts, numbers, rng, text=text)

    return make


def _rating(run: Run, text_length: int, rng: np.random.Generator) -> Maker:  # noqa: ARG001
    words = run.top_words(RATED_WORDS).tolist()
    rated: set[int] = set()

    def make(topic: int) -> Item | None:
        if topic in rated:
            return None
        rated.add(topic)
        return Item("rating", topic, text=", ".join(run.vocabulary[v] for v in words[topic]))

    return make


_MAKERS: dict[str, Callable[[Any, int, np.random.Generator], Maker]] = {
    "words": _words,
    "documents": _documents,
    "topics": _topics_of_documents,
    "rating": _rating,
}


def _shuffled(
    task: str,
    topic: int,
    texts: Sequence[str],
    sources: Sequence[str],
    rng: np.random.Generator,
    text: str = "",
) -> Item:
    """Return an item whose intruder is the last of `texts`, options in random order."""
    order = rng.permutation(len(texts)).tolist()
    return Item(
        task,
        topic,
        tuple(texts[i] for i in order),
        order.index(len(texts) - 1),
        text,
        tuple(sources[i] for i in order),
    )


def _draw_nearest(distance: NDArray[np.floating[Any]], rng: np.random.Generator) -> int:
    nearest = np.argsort(distance, kind="stable")[:_NEAREST]
    return int(rng.choice(nearest))


def _typical_documents(run: Run) -> list[list[int]]:
    """Return for each topic the rows in which it has the largest weight, heaviest first."""
    dominant = run.doc_topic.argmax(axis=1)
    typical = []
    for topic in range(run.num_topics):
        rows = np.flatnonzero(dominant == topic)
        n = min(TYPICAL, max(len(rows) // 2, DOCUMENTS_SHOWN))
        order = np.argsort(-run.doc_topic[rows, topic], kind="stable")[:n]
        typical.append(rows[order].tolist())
    return typical


def _topics(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:10])) + (", ..." if len(numbers) > 10 else "")
    return f"topic {shown}" if len(numbers) == 1 else f"{len(numbers)} topics: {shown}"
