"""The counted words of documents: in arrays for memory mapping, or in Parquet tables.

A corpus that workers have counted has a table per shard. The first process that needs the arrays
makes them of the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from theta.corpus.bow import count_words
from theta.corpus.streams import ArrayFile, CountsFile, write_archive
from theta.storage import Damaged

_BATCH = 20_000
"""Documents that are read at once."""


class DocumentCounts(NamedTuple):
    """The words of some documents.

    Attributes
    ----------
    ids : (n_tokens,) int32
        The tokens in reading order, document after document.
    lengths : (n_docs,) int64
        Number of tokens of each document.
    halves : (n_docs,) int32
        How many of them are in its first half; -1 if it is not a test document.
    bow : (n_docs, n_words) csr_array of int32
        Columns sorted.
    """

    ids: NDArray[np.int32]
    lengths: NDArray[np.int64]
    halves: NDArray[np.int32]
    bow: Any


class CountsWriter(Protocol):
    """Writes the words of documents."""

    def append(self, counts: DocumentCounts) -> None:
        """Append documents."""
        ...


class CountArrays:
    """Writes the words of all documents as arrays.

    Parameters
    ----------
    scratch : Path
        Folder for files that are needed meanwhile.
    n_words : int
        Size of the vocabulary.
    """

    def __init__(self, scratch: Path, n_words: int) -> None:
        self._starts = ArrayFile(scratch / "starts", np.int64)
        self._ids = ArrayFile(scratch / "tokens", np.int32)
        self._bow = CountsFile(scratch, "bow", n_words)
        self._first_halves = CountsFile(scratch, "first_halves", n_words)
        self._n_words = n_words
        self._starts.append(np.zeros(1, np.int64))

    def append(self, counts: DocumentCounts) -> None:
        """Append documents."""
        lengths, halves = counts.lengths, counts.halves
        self._starts.append(self._ids.length + np.cumsum(lengths))
        self._ids.append(counts.ids)
        self._bow.append(counts.bow)
        position = np.arange(len(counts.ids)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        first = counts.ids[position < np.repeat(halves, lengths)]
        self._first_halves.append(count_words(first, halves[halves >= 0], self._n_words))

    def write(self, bow: Path, tokens: Path, first_halves: Path) -> None:
        """Write the archives of the counts, the tokens and the counts of the first halves."""
        self._bow.write(bow)
        self._first_halves.write(first_halves)
        write_archive(tokens, {"starts": self._starts, "ids": self._ids})


class CountTable:
    """Writes the words of the documents of a shard as a Parquet table with a row per document."""

    def __init__(self, path: Path) -> None:
        import pyarrow
        import pyarrow.parquet

        lists = [(name, pyarrow.list_(pyarrow.int32())) for name in ("words", "counts", "tokens")]
        self._schema = pyarrow.schema([*lists, ("first_half", pyarrow.int32())])
        self._writer = pyarrow.parquet.ParquetWriter(path, self._schema, compression="zstd")

    def append(self, counts: DocumentCounts) -> None:
        """Append documents."""
        import pyarrow

        ends = np.concatenate([[0], np.cumsum(counts.lengths)]).astype(np.int32)
        bow, make = counts.bow, pyarrow.ListArray.from_arrays
        columns = [
            make(bow.indptr.astype(np.int32), pyarrow.array(bow.indices)),
            make(bow.indptr.astype(np.int32), pyarrow.array(bow.data)),
            make(ends, pyarrow.array(counts.ids)),
            pyarrow.array(counts.halves, mask=counts.halves < 0),
        ]
        self._writer.write_table(pyarrow.table(columns, schema=self._schema))

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


def read_counts(path: Path, n_words: int) -> Iterator[DocumentCounts]:
    """Yield the documents of a `CountTable`.

    Raises
    ------
    Damaged
        If it is not such a table.
    """
    import pyarrow.parquet
    from scipy.sparse import csr_array

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                words, counts, tokens, halves = batch.columns
                bow = csr_array(
                    (counts.flatten().to_numpy(), words.flatten().to_numpy(), _ends(words)),
                    shape=(len(batch), n_words),
                )
                lengths = np.diff(_ends(tokens)).astype(np.int64)
                first = halves.fill_null(-1).to_numpy()
                yield DocumentCounts(tokens.flatten().to_numpy(), lengths, first, bow)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise Damaged(f"{path} is damaged: {error}") from error


def _ends(lists: Any) -> NDArray[np.int32]:
    # A batch may be a slice, whose offsets do not begin at 0.
    offsets = lists.offsets.to_numpy()
    return np.asarray(offsets - offsets[0])


def join_tables(tables: Sequence[Path], scratch: Path, n_words: int) -> CountArrays:
    """Return the documents of tables, one after the other, ready to be written as arrays."""
    arrays = CountArrays(scratch, n_words)
    for table in tables:
        for counts in read_counts(table, n_words):
            arrays.append(counts)
    return arrays
