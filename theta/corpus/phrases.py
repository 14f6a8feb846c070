"""Pairs of words that occur together far more often than by chance, joined into one word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 5
"""Training occurrences that a pair needs."""

LEAST_NPMI = 0.5
"""Normalised pointwise mutual information that a pair must exceed."""

MAX_PAIRS = 4_000_000
"""Distinct pairs that are held at once. Past it the rarest are forgotten, down to half."""

_FIRST = 1 << 32
"""A pair of ids is one number: the first id times this, plus the second."""

Pair = tuple[str, str]


class PairCounter:
    """Counts adjacent pairs of words, document by document, in bounded memory.

    Attributes
    ----------
    n_words : int
        Words counted so far.
    """

    def __init__(self, max_pairs: int = MAX_PAIRS) -> None:
        self._max_pairs = max_pairs
        self._pairs = np.zeros(0, np.int64)
        self._counts = np.zeros(0, np.int64)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._n_waiting = 0
        self._words = np.zeros(0, np.int64)
        self.n_words = 0

    def add(self, ids: NDArray[np.int32], lengths: NDArray[np.int32]) -> None:
        """Count the pairs of some documents.

        Parameters
        ----------
        ids : (n_tokens,) int32
        lengths : (n_docs,) int32
            Tokens of each document.
        """
        self.n_words += len(ids)
        occurrences = np.bincount(ids, minlength=len(self._words))
        occurrences[: len(self._words)] += self._words
        self._words = occurrences
        keys = _pairs(ids)[_same_document(lengths)]
        pairs, counts = np.unique(keys, return_counts=True)
        self._waiting.append((pairs, counts))
        self._n_waiting += len(pairs)
        if self._n_waiting > self._max_pairs:
            self._merge()

    def _merge(self) -> None:
        pairs = np.concatenate([self._pairs, *(pairs for pairs, _ in self._waiting)])
        counts = np.concatenate([self._counts, *(counts for _, counts in self._waiting)])
        self._pairs, places = np.unique(pairs, return_inverse=True)
        self._counts = np.zeros(len(self._pairs), np.int64)
        np.add.at(self._counts, places, counts)
        self._waiting, self._n_waiting = [], 0
        if len(self._pairs) > self._max_pairs:
            rare = 0
            while len(self._pairs) > self._max_pairs // 2:
                rare += 1
                left = self._counts > rare
                self._pairs, self._counts = self._pairs[left], self._counts[left]

    def phrases(
        self, fewest: int = FEWEST, least_npmi: float = LEAST_NPMI
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the first and second word of each phrase, and how often it occurred.

        The score is the normalised pointwise mutual information of Bouma (2009, Normalized
        (Pointwise) Mutual Information in Collocation Extraction), as in gensim's Phrases.

        Returns
        -------
        first, second, counts : (n_phrases,) int64
            Sorted by the ids.
        """
        self._merge()
        often = self._counts >= fewest
        pairs, counts = self._pairs[often], self._counts[often]
        first, second = pairs // _FIRST, pairs % _FIRST
        joint = counts / max(self.n_words, 1)
        apart = (self._words[first] / self.n_words) * (self._words[second] / self.n_words)
        with np.errstate(divide="ignore", invalid="ignore"):
            npmi = np.log(joint / apart) / -np.log(joint)
        good = npmi > least_npmi
        return first[good], second[good], counts[good]


class PhraseJoiner:
    """Joins phrases in streams of ids.

    Parameters
    ----------
    first, second : (n_phrases,) int
        Ids of the words of each phrase.
    joined : (n_phrases,) int
        Id of the phrase.
    """

    def __init__(
        self, first: NDArray[np.int64], second: NDArray[np.int64], joined: NDArray[np.integer]
    ) -> None:
        keys = first.astype(np.int64) * _FIRST + second
        order = np.argsort(keys)
        self._keys, self._joined = keys[order], joined[order].astype(np.int32)

    def join(
        self, ids: NDArray[np.int32], lengths: NDArray[np.int32], halves: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Return the ids, lengths and halves with each phrase as one word.

        Of phrases that overlap, the first in reading order is joined. A phrase lies in the first
        half of its document if its second word does.

        Parameters
        ----------
        ids : (n_tokens,) int32
        lengths, halves : (n_docs,) int32
            Tokens of each document, and of its first half.
        """
        if not len(self._keys) or len(ids) < 2:
            return ids, lengths, halves
        keys = _pairs(ids)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        begins = (self._keys[places] == keys) & _same_document(lengths)
        begins = _every_other(begins)
        joined = ids.copy()
        joined[:-1][begins] = self._joined[places[begins]]
        kept = np.ones(len(ids), np.bool_)
        kept[1:] = ~begins
        document = np.repeat(np.arange(len(lengths)), lengths)
        last = np.arange(len(ids)) - (np.cumsum(lengths) - lengths)[document]
        last[:-1] += begins
        in_first_half = last < halves[document]
        n = len(lengths)
        return (
            joined[kept],
            np.bincount(document[kept], minlength=n).astype(np.int32),
            np.bincount(document[kept & in_first_half], minlength=n).astype(np.int32),
        )


def join_in_chunk(
    words: Sequence[str],
    streams: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    phrases: Iterable[Pair],
) -> tuple[list[str], tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]]:
    """Return the words and streams of a chunk with known phrases joined.

    Parameters
    ----------
    words : sequence of str
        The distinct words of the chunk.
    streams : (ids, lengths, halves)
        See `PhraseJoiner.join`; ids are indices into `words`.
    phrases : iterable of (str, str)
    """
    places = {word: place for place, word in enumerate(words)}
    here = [(a, b) for a, b in phrases if a in places and b in places]
    joiner = PhraseJoiner(
        np.array([places[a] for a, _ in here], np.int64),
        np.array([places[b] for _, b in here], np.int64),
        np.arange(len(words), len(words) + len(here)),
    )
    return [*words, *map(joined_name, here)], joiner.join(*streams)


def joined_name(pair: Pair) -> str:
    """Return a phrase as the vocabulary writes it."""
    return "_".join(pair)


def natural_text(word: str) -> str:
    """Return a word of the vocabulary as running text writes it, for the embedding model."""
    return word.replace("_", " ")


def _pairs(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    return ids[:-1].astype(np.int64) * _FIRST + ids[1:]


def _same_document(lengths: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return for each two adjacent tokens whether they are of one document."""
    document = np.repeat(np.arange(len(lengths)), lengths)
    return document[:-1] == document[1:]


def _every_other(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the first, third, ... mark of each unbroken run of marks."""
    places = np.arange(len(marks))
    starts = marks & ~np.concatenate([[False], marks[:-1]])
    run_start = np.maximum.accumulate(np.where(starts, places, 0))
    return marks & ((places - run_start) % 2 == 0)
