"""A short, unique name for each topic: the phrase that its documents use and others do not."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus
from theta.corpus.phrases import natural_text
from theta.models.naming.names import FROM_TEXTS, FROM_WORDS, TopicName
from theta.models.naming.phrases import FEWEST, LONGEST, Phrases, count_phrases
from theta.models.naming.spelling import Speller

N_TOP = 20
"""A name has at least one of so many top words of its topic."""

_WORDS_IN_NAME = 3
"""Top words that stand in for a name."""

_MOST_CANDIDATES = 10
"""Phrases of a topic whose spelling is looked up."""

_TEXTS_READ = 10
"""Texts in which the spelling of a phrase is looked up."""

_PART_OF_LONGER = 0.7
"""A phrase is only a part of a longer one that this share of its documents contain."""

_WORTH_OF_PART = 0.02
"""Worth of a part of a longer phrase, or of a block of text that is no phrase: a last resort."""

_LEAST_LIFT = 1.25
"""How much more often than others the topic's documents contain the outer words of a phrase."""

_LEAST_COVER = 0.03
"""Least share of the topic's documents that contain the phrase of its name."""

_WORTH = np.array([0, 1, 3, 3, 3, 0])
"""Worth of a phrase by its number of words: "clipper chip" says more than "clipper", which cannot
be in fewer documents."""

_EXCLUSIVE = 1.5
"""Exponent of the share of a phrase's documents that are of the topic."""


def name_topics(
    corpus: Corpus,
    doc_topic: NDArray[np.floating[Any]],
    ranked: NDArray[np.integer[Any]],
    texts: Sequence[str] | None,
    speller: Speller | None,
    forms: NDArray[np.intp] | None = None,
    taken: Collection[str] = (),
    kept: Mapping[int, TopicName] | None = None,
    groups: Sequence[Sequence[int]] | None = None,
    phrases: Phrases | None = None,
) -> list[TopicName]:
    """Name topics, or groups of topics, by phrases from the texts, else by their top words.

    A phrase is scored by the share of the topic's documents that contain it, times the share of
    its documents that are of the topic to the power `_EXCLUSIVE`, times its worth.

    Parameters
    ----------
    corpus : Corpus
    doc_topic : (n_docs, num_topics) float
        θ.
    ranked : (num_topics, n) int
        Word ids of each topic, best first.
    texts : (n_docs,) sequence of str, optional
        Without them all names come from top words.
    speller : Speller, optional
        Needed to read texts.
    forms : (n_words,) int, optional
        The id that all forms of a word share: the names of two topics do not differ in forms only.
    taken : collection of str
        Names that other topics have been given.
    kept : mapping of int to TopicName, optional
        Names that some topics have, by position.
    groups : sequence of sequence of int, optional
        Positions of the topics in each group that is named, in place of the topics; `ranked` and
        `kept` are then about the groups.
    phrases : Phrases, optional
        `phrases_of` the corpus, if already counted.

    Returns
    -------
    list of TopicName
        No two are equal, and none is in `taken`, whatever the case.
    """
    used = {name.casefold() for name in taken}
    names = {
        topic: name for topic, name in (kept or {}).items() if name.name.casefold() not in used
    }
    used |= {name.name.casefold() for name in names.values()}
    groups = [(topic,) for topic in range(doc_topic.shape[1])] if groups is None else groups
    unnamed = [group for group in range(len(groups)) if group not in names]
    if unnamed and texts is not None and speller is not None:
        phrases = phrases_of(corpus, doc_topic) if phrases is None else phrases
        for topic, name in _phrase_names(
            phrases,
            corpus,
            doc_topic,
            ranked[:, :N_TOP],
            groups,
            unnamed,
            used,
            texts,
            speller,
            forms,
        ):
            names[topic] = name
            used.add(name.name.casefold())
    for topic in unnamed:
        if topic not in names:
            words = [natural_text(corpus.vocabulary[word]) for word in ranked[topic].tolist()]
            names[topic] = TopicName(_from_words(words, used), FROM_WORDS)
            used.add(names[topic].name.casefold())
    return [names[group] for group in range(len(groups))]


def _from_words(words: Sequence[str], used: Collection[str]) -> str:
    """Return a name of the first words: three, or as many as no other name begins with."""
    for n in range(_WORDS_IN_NAME, len(words) + 1):
        name = ", ".join(words[:n])
        if name.casefold() not in used:
            return name
    name, copy = ", ".join(words[:_WORDS_IN_NAME]), 2
    while f"{name} ({copy})".casefold() in used:
        copy += 1
    return f"{name} ({copy})"


def phrases_of(corpus: Corpus, doc_topic: NDArray[np.floating[Any]]) -> Phrases:
    """Return the phrases of a corpus, counted by topic."""
    # N-grams of the vocabulary are phrases already, and would break those of the texts.
    readable = np.array([" " not in word for word in corpus.vocabulary])
    return count_phrases(corpus.tokens, doc_topic, readable)


def _phrase_names(
    phrases: Phrases,
    corpus: Corpus,
    doc_topic: NDArray[np.floating[Any]],
    top_words: NDArray[np.integer[Any]],
    groups: Sequence[Sequence[int]],
    unnamed: Sequence[int],
    used: Collection[str],
    texts: Sequence[str],
    speller: Speller,
    forms: NDArray[np.intp] | None,
) -> Iterator[tuple[int, TopicName]]:
    """Yield groups of topics with their names, the best name first; `used` grows meanwhile."""
    forms = np.arange(corpus.n_words) if forms is None else forms
    scorer = _Scorer(phrases, forms, groups)
    queue = [
        (-score, group, phrase)
        for group in unnamed
        for score, phrase in scorer.best(group, top_words[group])
    ]
    heapq.heapify(queue)
    shares = {group: doc_topic[:, list(groups[group])].sum(axis=1) for group in unnamed}
    named: set[int] = set()
    forms_used: set[tuple[int, ...]] = set()
    while queue:
        _, group, phrase = heapq.heappop(queue)
        ids = phrases.words[phrase, : phrases.lengths[phrase]]
        form = tuple(sorted(forms[ids].tolist()))
        if group in named or form in forms_used:
            continue
        words = [corpus.vocabulary[word] for word in ids.tolist()]
        rows = _typical_rows(phrases.rows_of(phrase), shares[group])
        name = speller.spell(words, [texts[row] for row in rows])
        # A number would be taken for that of a topic.
        if not name or name.isdecimal() or name.casefold() in used:
            continue
        named.add(group)
        forms_used.add(form)
        yield group, scorer.with_evidence(name, group, phrase)


class _Scorer:
    """Scores the phrases of a group of topics, of which most have one.

    Parameters
    ----------
    phrases : Phrases
    forms : (n_words,) int
        The id that all forms of a word share.
    groups : sequence of sequence of int
        Positions of the topics of each group.
    """

    def __init__(
        self, phrases: Phrases, forms: NDArray[np.intp], groups: Sequence[Sequence[int]]
    ) -> None:
        self._phrases = phrases
        self._groups = [list(group) for group in groups]
        self._all_read = int(phrases.n_documents.sum())
        self._totals = np.asarray(phrases.counts.sum(axis=1)).ravel()
        self._may_name = (phrases.lengths <= LONGEST) & ~_repeats_word(phrases, forms)
        self._n_words = len(forms)

    def _counts(self, group: int) -> tuple[NDArray[np.int64], int]:
        """Return how many documents of a group contain each phrase, and how many there are."""
        topics = self._groups[group]
        counts = np.asarray(self._phrases.counts[:, topics].sum(axis=1)).ravel()
        return counts, int(self._phrases.n_documents[topics].sum())

    def best(self, group: int, top_words: NDArray[np.integer[Any]]) -> list[tuple[float, int]]:
        """Return the best phrases of a group with their scores."""
        phrases, totals = self._phrases, self._totals
        counts, n_documents = self._counts(group)
        is_top = np.zeros(self._n_words + 1, bool)  # the last place is for the -1 after a phrase
        is_top[top_words] = True
        frequent = counts >= max(FEWEST, _LEAST_COVER * n_documents)
        candidates = np.flatnonzero(frequent & self._may_name)
        candidates = candidates[is_top[phrases.words[candidates]].any(axis=1)]
        candidates = candidates[self._lifted(candidates, counts, n_documents)]
        exclusive = counts[candidates] / (totals[candidates] + 1)
        lengths = phrases.lengths[candidates]
        fit = (1 + is_top[phrases.words[candidates]].sum(axis=1) / lengths) / 2
        scores = counts[candidates] / n_documents * exclusive**_EXCLUSIVE * _WORTH[lengths] * fit
        scores[_parts_of_longer(phrases, counts)[candidates]] *= _WORTH_OF_PART
        best = np.lexsort((candidates, -scores))[:_MOST_CANDIDATES]
        return [(float(scores[at]), int(candidates[at])) for at in best]

    def _lifted(
        self, candidates: NDArray[np.intp], counts: NDArray[np.int64], n_documents: int
    ) -> NDArray[np.bool_]:
        """Return whether the outer words of some phrases are words of the topic."""
        phrases = self._phrases
        expected = self._totals * n_documents / max(self._all_read, 1)
        single = np.flatnonzero(phrases.lengths == 1)
        lifted = np.zeros(self._n_words, bool)
        lifted[phrases.words[single, 0]] = counts[single] >= _LEAST_LIFT * expected[single]
        words, lengths = phrases.words[candidates], phrases.lengths[candidates]
        last = words[np.arange(len(words)), lengths - 1]
        return (lengths == 1) | (lifted[words[:, 0]] & lifted[last])

    def with_evidence(self, name: str, group: int, phrase: int) -> TopicName:
        """Return a name with the numbers of documents that contain it."""
        counts, own = self._counts(group)
        documents = int(counts[phrase])
        return TopicName(
            name,
            FROM_TEXTS,
            documents=documents,
            of_documents=own,
            other_documents=int(self._totals[phrase]) - documents,
            of_other_documents=self._all_read - own,
        )


def _parts_of_longer(phrases: Phrases, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each phrase is nearly always a part of one longer phrase in a topic."""
    longer = np.flatnonzero((counts > 0) & (phrases.lengths > 1))
    is_part = np.zeros(len(counts), bool)
    for parts in phrases.parts[longer].T:
        is_part[parts[counts[longer] >= _PART_OF_LONGER * counts[parts]]] = True
    return is_part


def _repeats_word(phrases: Phrases, forms: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return whether each phrase has a word twice, in any form."""
    padded = np.where(phrases.words >= 0, forms[phrases.words], -1 - np.arange(LONGEST + 1))
    padded.sort(axis=1)
    return np.asarray((padded[:, 1:] == padded[:, :-1]).any(axis=1))


def _typical_rows(rows: NDArray[np.int64], shares: NDArray[np.floating[Any]]) -> list[int]:
    """Return the rows of the documents with the largest shares of a topic."""
    return [int(row) for row in rows[np.lexsort((rows, -shares[rows]))[:_TEXTS_READ]]]
