"""Selecting the words of the vocabulary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.errors import InvalidOption

MAX_WORDS = 4_000_000
"""Most distinct words in memory. Beyond this, the rarest are dropped until half are left."""

_SIZES = ((500, 2000), (1_000, 3000), (10_000, 5000), (50_000, 8000), (1_000_000, 10_000))
_LARGEST_SIZE = 15_000
_MIN_DF = ((50, 1), (500, 2), (2_000, 3))
_LARGEST_MIN_DF = 5


def automatic_size(n_docs: int) -> int:
    """Return the vocabulary size for a number of documents.

    2,000 below 500 documents, 3,000 below 1,000, 5,000 below 10,000, 8,000 below 50,000, 10,000
    below a million, 15,000 otherwise.
    """
    return next((size for below, size in _SIZES if n_docs < below), _LARGEST_SIZE)


def automatic_min_df(n_docs: int) -> int:
    """Return the fewest training documents that must contain a word.

    1 below 50 documents, 2 below 500, 3 below 2,000, 5 otherwise: in a small corpus hardly any word
    is in five documents, in a large one a word in four documents says nothing about topics.
    """
    return next((least for below, least in _MIN_DF if n_docs < below), _LARGEST_MIN_DF)


class WordTable:
    """All words seen so far, with permanent ids and numbers of occurrences."""

    def __init__(self, max_words: int = MAX_WORDS) -> None:
        self._ids: defaultdict[str, int] = defaultdict(count().__next__)
        self._counts = np.zeros(1024, np.int64)
        self._max_words = max_words
        self.forgotten = 0
        self.n_ids = 0

    def add(self, words: list[str], counts: NDArray[np.int64]) -> NDArray[np.int32]:
        """Add the counts of a chunk's words and return their ids."""
        ids = np.fromiter(map(self._ids.__getitem__, words), np.int32, len(words))
        self.n_ids = max(self.n_ids, int(ids.max(initial=-1)) + 1)
        if self.n_ids > len(self._counts):
            grown = np.zeros(2 * self.n_ids, np.int64)
            grown[: len(self._counts)] = self._counts
            self._counts = grown
        self._counts[ids] += counts
        if len(self._ids) > self._max_words:
            self._forget()
        return ids

    def _forget(self) -> None:
        rare = 0
        while len(self._ids) > self._max_words // 2:
            rare += 1
            kept = {word: at for word, at in self._ids.items() if self._counts[at] > rare}
            self.forgotten += len(self._ids) - len(kept)
            self._ids.clear()
            self._ids.update(kept)

    def words(self) -> tuple[list[str], NDArray[np.int32], NDArray[np.int64]]:
        """Return the words, their ids and their numbers of occurrences."""
        ids = np.fromiter(self._ids.values(), np.int32, len(self._ids))
        return list(self._ids), ids, self._counts[ids]


class Vocabulary(NamedTuple):
    """The words that are counted.

    Attributes
    ----------
    words : list of str
        Sorted, in the order of the columns of the bag of words.
    columns : (n_ids,) int32
        The column of each id of the `WordTable`, or -1.
    min_df : int
        The resolved value.
    removed : dict of str to (int, str)
        The most frequent removed words, with number of occurrences and reason.
    """

    words: list[str]
    columns: NDArray[np.int32]
    min_df: int
    removed: dict[str, tuple[int, str]]


def select_vocabulary(
    table: WordTable,
    tf: NDArray[np.int64],
    df: NDArray[np.int64],
    n_train: int,
    *,
    size: int | str,
    min_df: int | str,
    max_df: float,
) -> Vocabulary:
    """Return the words that are in enough and not too many training documents.

    Of these the `size` most frequent are kept; ties are broken alphabetically.

    Parameters
    ----------
    table : WordTable
    tf, df : (n_ids,) int64
        Occurrences of each id in training documents, and number of these documents.
    n_train : int
        Number of training documents.
    size : int or 'auto'
    min_df, max_df : see `CorpusSettings`

    Raises
    ------
    InvalidOption
        If no word is left.
    """
    words, ids, occurrences = table.words()
    least = automatic_min_df(n_train) if min_df == "auto" else int(min_df)
    most = int(max_df * n_train)
    limit = automatic_size(n_train) if size == "auto" else int(size)
    frequency = np.asarray(df[ids])
    rare, common = frequency < least, frequency > most
    left = np.flatnonzero(~rare & ~common)
    if not len(left):
        raise InvalidOption(
            f"no word is left in the vocabulary: of {len(words):,} words, {int(rare.sum()):,} "
            f"are in fewer than {least} of {n_train:,} training documents (--min_df) and "
            f"{int(common.sum()):,} in more than {most} (--max_df {max_df:g}); lower --min_df or "
            "raise --max_df, and check --language and --stopwords"
        )
    by_name = sorted(left.tolist(), key=words.__getitem__)
    order = np.argsort(-tf[ids[by_name]], kind="stable")[:limit]
    chosen = np.asarray(by_name)[np.sort(order)]
    columns = np.full(len(tf), -1, np.int32)
    columns[ids[chosen]] = np.arange(len(chosen), dtype=np.int32)
    reasons = np.full(len(words), 3)
    reasons[rare], reasons[common], reasons[chosen] = 1, 2, 0
    named = {
        1: f"in fewer than {least} training documents",
        2: f"in more than {most} training documents",
        3: f"not among the {limit:,} most frequent",
    }
    return Vocabulary(
        [words[at] for at in chosen.tolist()],
        columns,
        int(least),
        _most_frequent(words, occurrences, reasons, named),
    )


def _most_frequent(
    words: Sequence[str],
    occurrences: NDArray[np.int64],
    reasons: NDArray[np.int64],
    named: dict[int, str],
    n: int = 50,
) -> dict[str, tuple[int, str]]:
    out = np.flatnonzero(reasons)
    top = out[np.argsort(-occurrences[out], kind="stable")[:n]].tolist()
    return {words[at]: (int(occurrences[at]), named[int(reasons[at])]) for at in top}
