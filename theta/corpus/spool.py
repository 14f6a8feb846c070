"""Disk storage of the first pass: every row, cleaned and tokenized."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.corpus.columns import Columns
from theta.corpus.counted import CountedChunk, as_arrow, row_schema
from theta.corpus.phrases import PhraseJoiner
from theta.corpus.streams import ArrayFile
from theta.corpus.vocabulary import WordTable

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SpooledChunk(NamedTuple):
    """One chunk of rows, read back.

    Attributes
    ----------
    first : int
        Index of its first row among all rows.
    table : pyarrow.Table
        The rows (file, line, id, text, label, time, the user's columns); None without rows.
    ids : (n_tokens,) int32
        Ids in the `WordTable`.
    lengths, halves : (n_rows,) int32
        Number of tokens of each row, and of its first half.
    follows : (n_tokens,) bool
        See `ChunkTokens`; of no meaning once phrases are joined.
    """

    first: int
    table: Any
    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    halves: NDArray[np.int32]
    follows: NDArray[np.bool_]


class Spool:
    """Rows and their tokens on disk, with a few numbers per row in memory.

    Attributes
    ----------
    folder : Path
    words : WordTable
    removed : Counter of (word, reason)
        Number of occurrences of removed words.
    boilerplate : Counter of str
        Pieces that were taken out of texts, with the number of texts.
    sketches : ArrayFile
        See `ChunkTokens`; row after row.
    joiner : PhraseJoiner, optional
        Joins phrases in the chunks that `chunks` yields, once they are known.
    """

    def __init__(self, folder: Path, columns: Columns) -> None:
        import pyarrow

        self.folder = folder
        self._n_rows = 0
        self._ids = ArrayFile(folder / "ids", np.int32)
        self._follows = ArrayFile(folder / "follows", np.bool_)
        self._rows_path = folder / "rows.arrow"
        self._schema = row_schema(columns)
        options = pyarrow.ipc.IpcWriteOptions(compression="lz4")
        self._rows = pyarrow.ipc.new_file(self._rows_path, self._schema, options=options)
        self._pieces: dict[str, list[NDArray[Any]]] = {
            name: [] for name in ("status", "length", "half", "digest", "split", "name", "n_pieces")
        }
        self._sizes: list[tuple[int, int]] = []
        self.words = WordTable()
        self.removed: Counter[tuple[str, str]] = Counter()
        self.boilerplate: Counter[str] = Counter()
        self.sketches = ArrayFile(folder / "sketches", np.uint32)
        self.joiner: PhraseJoiner | None = None

    def add(self, chunk: CountedChunk) -> None:
        """Add a chunk; a row without an id is named by its number, from 1."""
        tokens = chunk.tokens
        ids = self.words.add(tokens.words, np.bincount(tokens.ids, minlength=len(tokens.words)))
        self._ids.append(ids[tokens.ids])
        self._follows.append(tokens.follows)
        for word, (n, reason) in tokens.removed.items():
            self.removed[word, reason] += n
        self.boilerplate.update(tokens.boilerplate)
        self.sketches.append(tokens.sketches.ravel())
        self._append("status", chunk.status)
        self._append("length", tokens.lengths)
        self._append("half", tokens.halves)
        self._append("digest", tokens.digests)
        self._append("n_pieces", tokens.n_pieces)
        self._append("split", chunk.split)
        numbers = range(self._n_rows + 1, self._n_rows + len(chunk) + 1)
        names = [
            name or str(number) for name, number in zip(chunk.column("id"), numbers, strict=True)
        ]
        # Equal ids have equal hashes within a process; the ids themselves stay on disk.
        self._append("name", np.array([hash(name) for name in names], np.int64))
        self._n_rows += len(chunk)
        self._sizes.append((len(chunk), len(tokens.ids)))
        at = self._schema.get_field_index("id")
        self._rows.write_batch(
            chunk.rows.set_column(at, "id", as_arrow(names, self._schema.field(at).type))
        )

    def _append(self, name: str, values: NDArray[Any]) -> None:
        self._pieces[name].append(values)

    def finish(self) -> None:
        """End the first pass; then `vector` and `chunks` can be read."""
        self._rows.close()
        self._ids.close()
        self._follows.close()
        self.sketches.close()

    def vector(self, name: str) -> NDArray[Any]:
        """Return one number per row: status, digest, split, hash of the name, pieces taken out."""
        return np.concatenate(self._pieces[name])

    def chunks(self, *, with_rows: bool) -> Iterator[SpooledChunk]:
        """Yield the chunks again, in order.

        Parameters
        ----------
        with_rows : bool
            Read the texts and columns too.
        """
        import pyarrow

        reader = pyarrow.ipc.open_file(self._rows_path) if with_rows else None
        row = 0
        n_tokens = [n for _, n in self._sizes]
        streams = zip(self._ids.pieces(n_tokens), self._follows.pieces(n_tokens), strict=True)
        for number, (stream, follows) in enumerate(streams):
            ids = stream
            batch = None if reader is None else reader.get_batch(number)
            lengths, halves = self._pieces["length"][number], self._pieces["half"][number]
            if self.joiner is not None:
                ids, lengths, halves = self.joiner.join(ids, lengths, halves, follows)
            table = None if batch is None else pyarrow.Table.from_batches([batch])
            yield SpooledChunk(row, table, ids, lengths, halves, follows)
            row += self._sizes[number][0]
