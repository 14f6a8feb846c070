"""Phrases of a corpus, and how many documents of each topic contain them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.contracts import Tokens
from theta.evaluation.frequent_keys import may_be_frequent

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array, csr_array

LONGEST = 4
"""Most words of a phrase; longer ones are counted too, to tell which phrases are parts of one."""

FEWEST = 3
"""Fewest occurrences of a phrase."""

MOST_DOCUMENTS = 1_000
"""Most documents of a topic that are read."""


class _Level(NamedTuple):
    """The phrases of one length.

    Attributes
    ----------
    words : (n_phrases, length) int64
    parts : (n_phrases, 2) int64
        The phrases without the last and without the first word, at the level before.
    positions : (n,) int64
        The words of the documents at which phrases begin, ascending.
    at : (n,) int64
        The phrases that begin there.
    """

    words: NDArray[np.int64]
    parts: NDArray[np.int64]
    positions: NDArray[np.int64]
    at: NDArray[np.int64]


@dataclass(frozen=True)
class Phrases:
    """The phrases of a corpus.

    Attributes
    ----------
    words : (n_phrases, LONGEST + 1) int64
        The ids of the words of each phrase, then -1.
    lengths : (n_phrases,) int64
        Number of words of each phrase.
    parts : (n_phrases, 2) int64
        The phrases without the last and without the first word; -1 for single words.
    counts : (n_phrases, num_topics) csc_array of int64
        Number of documents of each topic that contain a phrase.
    n_documents : (num_topics,) int64
        Number of documents of each topic that were read.
    rows : (n_pairs,) int64
        Row numbers of the documents that contain a phrase, phrase after phrase.
    starts : (n_phrases + 1,) int64
        The documents of phrase p are ``rows[starts[p] : starts[p + 1]]``.
    """

    words: NDArray[np.int64]
    lengths: NDArray[np.int64]
    parts: NDArray[np.int64]
    counts: csc_array
    n_documents: NDArray[np.int64]
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]

    def rows_of(self, phrase: int) -> NDArray[np.int64]:
        """Return the rows of the documents that contain a phrase."""
        return self.rows[self.starts[phrase] : self.starts[phrase + 1]]


def count_phrases(
    tokens: Tokens,
    doc_topic: NDArray[np.floating[Any]],
    readable: NDArray[np.bool_],
    most_documents: int = MOST_DOCUMENTS,
) -> Phrases:
    """Count the phrases in the documents of each topic: those in which its share is the largest.

    Words follow one another as in the texts, without those outside the vocabulary.

    Parameters
    ----------
    tokens : Tokens
    doc_topic : (n_docs, num_topics) float
        θ.
    readable : (n_words,) bool
        False for entries of the vocabulary that are not words of their own, such as n-grams.
    most_documents : int
        Most documents that are read per topic, evenly spread over the corpus.
    """
    dominant = doc_topic.argmax(axis=1)
    rows = _sampled(dominant, doc_topic.shape[1], most_documents)
    ids, documents = _stream(tokens, rows, readable)
    levels = [_single_words(ids)]
    for _ in range(LONGEST):
        levels.append(_one_word_longer(levels[-1], documents))
    starts = np.cumsum([0, *(len(level.words) for level in levels)])
    contained = _documents_of(levels, starts, documents)
    document = contained.indices
    phrase = np.repeat(np.arange(int(starts[-1])), np.diff(contained.indptr))
    parts = [levels[0].parts] + [
        level.parts + first for level, first in zip(levels[1:], starts[:-2], strict=True)
    ]
    n_phrases, num_topics = int(starts[-1]), doc_topic.shape[1]
    lengths = np.repeat(np.arange(1, len(levels) + 1), np.diff(starts))
    words = np.full((n_phrases, len(levels)), -1, np.int64)
    for level, first in zip(levels, starts[:-1], strict=True):
        words[first : first + len(level.words), : level.words.shape[1]] = level.words
    return Phrases(
        words=words,
        lengths=lengths,
        parts=np.concatenate(parts),
        counts=_counts(phrase, dominant[rows[document]], (n_phrases, num_topics)),
        n_documents=np.bincount(dominant[rows], minlength=num_topics),
        rows=rows[document],
        starts=contained.indptr.astype(np.int64),
    )


def _sampled(dominant: NDArray[np.intp], num_topics: int, most: int) -> NDArray[np.intp]:
    """Return the rows of the documents to read, ascending."""
    chosen = []
    for topic in range(num_topics):
        own = np.flatnonzero(dominant == topic)
        if len(own) > most:
            own = own[np.linspace(0, len(own) - 1, most).astype(np.intp)]
        chosen.append(own)
    return np.sort(np.concatenate(chosen))


def _stream(
    tokens: Tokens, rows: NDArray[np.intp], readable: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the words of some documents, and the position of each one's document in `rows`."""
    own = tokens.at(rows)
    documents = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(own.starts))
    if readable.all():
        return own.ids, documents
    kept = readable[own.ids]
    return own.ids[kept], documents[kept]


def _single_words(ids: NDArray[np.int32]) -> _Level:
    often = np.bincount(ids) >= FEWEST
    number = np.cumsum(often) - 1
    words = np.flatnonzero(often)[:, None]
    positions = np.flatnonzero(often[ids])
    return _Level(words, np.full((len(words), 2), -1), positions, number[ids[positions]])


def _one_word_longer(shorter: _Level, documents: NDArray[np.int32]) -> _Level:
    """Return the phrases made of two that overlap in all but their first and last words."""
    n, positions = len(shorter.words), shorter.positions
    of_one = documents[positions[:-1]] == documents[positions[1:]]
    begins = np.flatnonzero((np.diff(positions) == 1) & of_one)
    pairs = shorter.at[begins] * n + shorter.at[begins + 1]
    likely = may_be_frequent(pairs, FEWEST)
    keys, found, occurrences = np.unique(pairs[likely], return_inverse=True, return_counts=True)
    often = occurrences >= FEWEST
    kept = often[found]
    parts = np.stack([keys[often] // max(n, 1), keys[often] % max(n, 1)], axis=1)
    words = np.concatenate([shorter.words[parts[:, 0]], shorter.words[parts[:, 1]][:, -1:]], axis=1)
    at = (np.cumsum(often) - 1)[found[kept]]
    return _Level(words, parts, positions[begins[likely][kept]], at)


def _documents_of(
    levels: Sequence[_Level], firsts: NDArray[np.int64], documents: NDArray[np.int32]
) -> csr_array:
    """Return which documents contain each phrase: (n_phrases, n_documents).

    `firsts` has the number of the first phrase of each level, and that of all phrases.
    """
    from scipy.sparse import coo_array

    numbers = [level.at + first for level, first in zip(levels, firsts[:-1], strict=True)]
    within = [documents[level.positions] for level in levels]
    at = (np.concatenate(numbers), np.concatenate(within))
    n_documents = int(documents[-1]) + 1 if len(documents) else 1
    shape = (int(firsts[-1]), n_documents)
    # Conversion counts, where sorting would take several times as long.
    return coo_array((np.ones(len(at[0]), bool), at), shape=shape).tocsr()


def _counts(
    phrase: NDArray[np.int64], topic: NDArray[np.intp], shape: tuple[int, int]
) -> csc_array:
    from scipy.sparse import coo_array

    counted = coo_array((np.ones(len(phrase), np.int64), (phrase, topic)), shape=shape)
    return counted.tocsc()
