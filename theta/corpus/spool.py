"""The rows of a corpus in files of this machine, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.corpus.columns import Columns
from theta.corpus.counted import CountedChunk, as_arrow, row_schema
from theta.corpus.counts import CountArrays
from theta.corpus.rows import Rows, TokenRows, count_occurrences
from theta.corpus.streams import ArrayFile
from theta.corpus.write import Repeats, RowFacts, RowWriter, WordRows, WriteRules, Written
from theta.layout import CorpusFiles


class Spool(Rows):
    """All rows, which this process tokenizes, counts and writes; see `Rows`."""

    def __init__(self, folder: Path, columns: Columns) -> None:
        import pyarrow

        super().__init__(folder, columns)
        self._folder = folder
        self._ids = ArrayFile(folder / "ids", np.int32)
        self._follows = ArrayFile(folder / "follows", np.bool_)
        self._rows_path = folder / "rows.arrow"
        self._schema = row_schema(columns)
        options = pyarrow.ipc.IpcWriteOptions(compression="lz4")
        self._rows = pyarrow.ipc.new_file(self._rows_path, self._schema, options=options)
        self._lengths: list[NDArray[np.int32]] = []
        self._halves: list[NDArray[np.int32]] = []
        self._n_pieces: list[NDArray[np.int32]] = []

    def add(self, chunk: CountedChunk) -> None:
        """Add a chunk."""
        tokens = chunk.tokens
        first = self._n_rows
        ids = self._add(chunk.facts())
        self.spellings.add(chunk)
        self._ids.append(ids[tokens.ids])
        self._follows.append(tokens.follows)
        self._lengths.append(tokens.lengths)
        self._halves.append(tokens.halves)
        self._n_pieces.append(tokens.n_pieces)
        self._rows.write_batch(with_names(chunk.rows, first))

    def finish(self) -> None:
        """End the first pass."""
        self._rows.close()

    def tokens(self) -> Iterator[TokenRows]:
        """Yield the words of all rows in chunks, in order."""
        first = 0
        n_tokens = [int(lengths.sum()) for lengths in self._lengths]
        streams = zip(self._ids.pieces(n_tokens), self._follows.pieces(n_tokens), strict=True)
        for (ids, follows), lengths, halves in zip(
            streams, self._lengths, self._halves, strict=True
        ):
            yield TokenRows(first, ids, lengths, halves, follows).joined(self.joiner)
            first += len(lengths)

    def occurrences(self, train: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the occurrences of each id in some rows, and the number of these rows with it."""
        return count_occurrences(self.tokens(), train, 0, self.words.n_ids)

    def write(
        self, files: CorpusFiles, rules: WriteRules, facts: RowFacts, repeats: Repeats
    ) -> Written:
        """Write ledger, documents and counts."""
        import pyarrow

        counts = CountArrays(self._folder, rules.n_words)
        with (
            pyarrow.ipc.open_file(self._rows_path) as rows,
            closing(RowWriter(files.ledger, files.documents, counts, rules, repeats, {})) as writer,
        ):
            for number, chunk in enumerate(self.tokens()):
                table = pyarrow.Table.from_batches([rows.get_batch(number)])
                words = (chunk.ids, chunk.lengths, chunk.halves, self._n_pieces[number])
                writer.add(WordRows(chunk.first, table, *words), facts.at(chunk.rows))
        counts.write(files.bow, files.tokens, files.first_halves)
        return writer.written


def with_names(rows: Any, first: int) -> Any:
    """Return a batch of rows in which a row without an id is named by its number, from 1.

    Parameters
    ----------
    rows : pyarrow.RecordBatch
    first : int
        Number of rows before these.
    """
    at = rows.schema.get_field_index("id")
    names = [name or str(n) for n, name in enumerate(rows.column(at).to_pylist(), first + 1)]
    return rows.set_column(at, "id", as_arrow(names, rows.schema.field(at).type))
