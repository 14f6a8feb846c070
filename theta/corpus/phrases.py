"""Pairs of words that occur together far more often than by chance, joined into one word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST = 5
"""Fewest training occurrences of a phrase."""

LEAST_NPMI = 0.5
"""Normalized pointwise mutual information that a phrase must exceed."""

MAX_PAIRS = 4_000_000
"""Most distinct pairs in memory. Beyond this, the rarest are dropped until half are left."""

_FIRST = 1 << 32
"""Factor of the first id of a pair when both ids are encoded as one number."""

Pair = tuple[str, str]


class PairCounter:
    """Counts pairs of words that follow one another, in bounded memory.

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

    def add(self, ids: NDArray[np.int32], follows: NDArray[np.bool_]) -> None:
        """Count the pairs of some documents.

        Parameters
        ----------
        ids : (n_tokens,) int32
        follows : (n_tokens,) bool
            Whether each token directly follows the one before it in the same text, with no
            removed word between them.
        """
        self.n_words += len(ids)
        occurrences = np.bincount(ids, minlength=len(self._words))
        occurrences[: len(self._words)] += self._words
        self._words = occurrences
        keys = _pairs(ids)[follows[1:]]
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
        """Return the first and second word of each phrase, and its number of occurrences.

        The score is the normalized pointwise mutual information of Bouma (2009, Normalized
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
        Id of each phrase.
    """

    def __init__(
        self, first: NDArray[np.int64], second: NDArray[np.int64], joined: NDArray[np.integer]
    ) -> None:
        keys = first.astype(np.int64) * _FIRST + second
        order = np.argsort(keys)
        self._keys, self._joined = keys[order], joined[order].astype(np.int32)

    def join(
        self,
        ids: NDArray[np.int32],
        lengths: NDArray[np.int32],
        halves: NDArray[np.int32],
        follows: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Return the ids, lengths and halves with each phrase as one word.

        Of overlapping phrases, the first in reading order is joined. A phrase is in the first half
        of its document if its second word is.

        Parameters
        ----------
        ids : (n_tokens,) int32
        lengths, halves : (n_docs,) int32
            Number of tokens of each document, and of its first half.
        follows : (n_tokens,) bool
            See `PairCounter.add`.
        """
        if not len(self._keys) or len(ids) < 2:
            return ids, lengths, halves
        keys = _pairs(ids)
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        begins = (self._keys[places] == keys) & follows[1:]
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
    streams: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]],
    phrases: Iterable[Pair],
) -> tuple[list[str], tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]]:
    """Return the words and streams of a chunk with known phrases joined.

    Parameters
    ----------
    words : sequence of str
        The distinct words of the chunk.
    streams : (ids, lengths, halves, follows)
        See `PhraseJoiner.join`; ids are indices into `words`.
    phrases : iterable of (str, str)
    """
    ids = {word: number for number, word in enumerate(words)}
    present = [(a, b) for a, b in phrases if a in ids and b in ids]
    joiner = PhraseJoiner(
        np.array([ids[a] for a, _ in present], np.int64),
        np.array([ids[b] for _, b in present], np.int64),
        np.arange(len(words), len(words) + len(present)),
    )
    return [*words, *map(joined_name, present)], joiner.join(*streams)


def joined_name(pair: Pair) -> str:
    """Return the vocabulary's spelling of a phrase."""
    return "_".join(pair)


def natural_text(word: str) -> str:
    """Return a word of the vocabulary as written in running text, for the embedding model."""
    return word.replace("_", " ")


def _pairs(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    return ids[:-1].astype(np.int64) * _FIRST + ids[1:]


def _every_other(marks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the first, third, ... mark of each run of marks."""
    positions = np.arange(len(marks))
    starts = marks & ~np.concatenate([[False], marks[:-1]])
    run_start = np.maximum.accumulate(np.where(starts, positions, 0))
    return marks & ((positions - run_start) % 2 == 0)
