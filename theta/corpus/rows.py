"""The rows of a corpus after they were read and tokenized once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.corpus.bow import add_occurrences, count_words
from theta.corpus.columns import Columns
from theta.corpus.content import with_row_numbers
from theta.corpus.counted import ChunkFacts
from theta.corpus.phrases import PhraseJoiner
from theta.corpus.spellings import SpellingCheck
from theta.corpus.streams import ArrayFile
from theta.corpus.vocabulary import WordTable
from theta.corpus.word_rules import LanguageSample
from theta.corpus.write import Repeats, RowFacts, WriteRules, Written
from theta.layout import CorpusFiles

_PER_ROW = {"status": np.int8, "split": np.int8, "digest": np.uint64, "name": np.uint64}


class TokenRows(NamedTuple):
    """The words of a chunk of rows.

    Attributes
    ----------
    first : int
        Number of its first row among all rows.
    ids : (n_tokens,) int32
        Ids in the `WordTable`.
    lengths, halves : (n_rows,) int32
        Number of tokens of each row, and of its first half.
    follows : (n_tokens,) bool
        See `ChunkTokens`; of no meaning once phrases are joined.
    """

    first: int
    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    halves: NDArray[np.int32]
    follows: NDArray[np.bool_]

    @property
    def rows(self) -> slice:
        """The numbers of its rows."""
        return slice(self.first, self.first + len(self.lengths))

    def joined(self, joiner: PhraseJoiner | None) -> TokenRows:
        """Return the same rows with phrases joined, once they are known."""
        if joiner is None:
            return self
        ids, lengths, halves = joiner.join(self.ids, self.lengths, self.halves, self.follows)
        return self._replace(ids=ids, lengths=lengths, halves=halves)


class Rows(ABC):
    """All rows of a corpus and their words, on disk; in memory are the distinct words.

    Parameters
    ----------
    folder : Path
        Folder for files that are needed until the corpus is written.
    columns : Columns

    Attributes
    ----------
    words : WordTable
    removed : Counter of (word, reason)
        Number of occurrences of removed words.
    boilerplate : Counter of str
        Pieces that were taken out of texts, with the number of texts.
    sketches : ArrayFile
        See `ChunkTokens`; row after row.
    sample : LanguageSample
    spellings : SpellingCheck
    joiner : PhraseJoiner, optional
        Joins phrases in all that follows, once they are known.
    """

    def __init__(self, folder: Path, columns: Columns) -> None:
        self._n_rows = 0
        self._numbers = {name: ArrayFile(folder / name, kind) for name, kind in _PER_ROW.items()}
        self.words = WordTable()
        self.removed: Counter[tuple[str, str]] = Counter()
        self.boilerplate: Counter[str] = Counter()
        self.sketches = ArrayFile(folder / "sketches", np.uint32)
        self.sample = LanguageSample()
        self.spellings = SpellingCheck(columns)
        self.joiner: PhraseJoiner | None = None

    def _add(self, facts: ChunkFacts) -> NDArray[np.int32]:
        """Add the facts of the next chunk, and return the ids of its words."""
        ids = self.words.add(facts.words, facts.counts)
        for word, (n, reason) in facts.removed.items():
            self.removed[word, reason] += n
        self.boilerplate.update(facts.boilerplate)
        self.sketches.append(facts.sketches.ravel())
        self.sample.add(facts.sample)
        self._numbers["status"].append(facts.status)
        self._numbers["split"].append(facts.split)
        self._numbers["digest"].append(facts.digests)
        self._numbers["name"].append(with_row_numbers(facts.names, self._n_rows))
        self._n_rows += len(facts.status)
        return ids

    def vector(self, name: str) -> ArrayFile:
        """Return one number per row: status, split, digest of the text, hash of the id."""
        return self._numbers[name]

    @abstractmethod
    def tokens(self) -> Iterator[TokenRows]:
        """Yield the words of all rows in chunks, in order."""

    @abstractmethod
    def occurrences(self, train: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the occurrences of each id in some rows, and the number of these rows with it.

        Parameters
        ----------
        train : (n_rows,) bool
            The rows that are counted.

        Returns
        -------
        tf, df : (n_ids,) int64
        """

    @abstractmethod
    def write(
        self, files: CorpusFiles, rules: WriteRules, facts: RowFacts, repeats: Repeats
    ) -> Written:
        """Write ledger, documents and counts; the status of too short documents is updated.

        Parameters
        ----------
        files : CorpusFiles
        rules : WriteRules
        facts : RowFacts
            Of all rows.
        repeats : Repeats
        """


def count_occurrences(
    chunks: Iterable[TokenRows], train: NDArray[np.bool_], first: int, n_ids: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the occurrences of each id in some rows of chunks, and the rows with it.

    Parameters
    ----------
    chunks : iterable of TokenRows
    train : (n_rows,) bool
        The rows of the chunks that are counted.
    first : int
        Number of the first of them among all rows.
    n_ids : int

    Returns
    -------
    tf, df : (n_ids,) int64
    """
    tf, df = np.zeros(n_ids, np.int64), np.zeros(n_ids, np.int64)
    for chunk in chunks:
        counted = train[chunk.first - first :][: len(chunk.lengths)]
        ids = chunk.ids[np.repeat(counted, chunk.lengths)]
        add_occurrences(tf, ids)
        add_occurrences(df, count_words(ids, chunk.lengths[counted], n_ids).indices)
    return tf, df
