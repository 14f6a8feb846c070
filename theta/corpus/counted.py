"""Rows, read and tokenized: what the first pass makes of a chunk, wherever it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.corpus.bow import ChunkTokens
from theta.corpus.columns import Columns
from theta.corpus.documents import RowChunk, Status

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

USER_PREFIX = "user."
"""Prefix of the names of the user's columns in documents.parquet."""

_PER_ROW = ("digests", "lengths", "halves", "n_pieces")
_PER_CHUNK = ("words", "removed", "boilerplate")


class CountedChunk(NamedTuple):
    """One chunk of rows with its words.

    Attributes
    ----------
    rows : pyarrow.RecordBatch
        File, line, id (null if the row has none), text, label, time and the user's columns.
    status : (n_rows,) int8
        `Status`, as far as the row alone decides it.
    split : (n_rows,) int8
        What the user assigned.
    tokens : ChunkTokens
        Without the texts, which are in `rows`.
    """

    rows: Any
    status: NDArray[np.int8]
    split: NDArray[np.int8]
    tokens: ChunkTokens

    def __len__(self) -> int:
        return len(self.status)

    def column(self, name: str) -> list[Any]:
        """Return the values of a column of `rows`."""
        values: list[Any] = self.rows.column(name).to_pylist()
        return values


def count_chunk(rows: RowChunk, tokens: ChunkTokens, columns: Columns) -> CountedChunk:
    """Return a chunk of rows with its words, ready for the spool.

    Parameters
    ----------
    rows : RowChunk
    tokens : ChunkTokens
        Result of `theta.corpus.bow.tokenize_chunk` for its texts.
    columns : Columns
    """
    status = np.full(len(rows), Status.KEPT, np.int8)
    status[[not text for text in tokens.texts]] = Status.EMPTY
    status[rows.unsaved] = Status.UNSAVED
    status[rows.bad] = Status.BAD
    batch = _batch(rows, tokens.texts, columns)
    split = np.array(rows.splits, np.int8)
    return CountedChunk(batch, status, split, tokens._replace(texts=[]))


def row_schema(columns: Columns) -> pyarrow.Schema:
    """Return the schema of `CountedChunk.rows`."""
    import pyarrow

    fields = [("file", pyarrow.string()), ("line", pyarrow.int64()), ("id", pyarrow.string())]
    # 64-bit offsets: a chunk of long texts can exceed two gigabytes.
    fields.append(("text", pyarrow.large_string()))
    if columns.label is not None:
        fields.append(("label", pyarrow.string()))
    if columns.time is not None:
        fields.append(("time", pyarrow.string()))
    fields += [(USER_PREFIX + columns.names[at], pyarrow.string()) for at in columns.others]
    return pyarrow.schema(fields)


def _batch(rows: RowChunk, texts: Sequence[str], columns: Columns) -> pyarrow.RecordBatch:
    import pyarrow

    values: list[Sequence[Any]] = [[rows.file] * len(rows), rows.lines, rows.ids, texts]
    if columns.label is not None:
        values.append(rows.labels)
    if columns.time is not None:
        values.append(rows.times)
    schema = row_schema(columns)
    arrays = [
        as_arrow(column, field.type)
        for column, field in zip([*values, *rows.others], schema, strict=True)
    ]
    return pyarrow.record_batch(arrays, schema=schema)


def as_arrow(values: Sequence[Any], kind: Any) -> pyarrow.Array:
    """Return a column with half surrogate pairs, which cannot be written, replaced."""
    import pyarrow

    try:
        return pyarrow.array(values, kind)
    except UnicodeEncodeError:
        whole = [v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for v in values]
        return pyarrow.array(whole, kind)


# --- on disk -------------------------------------------------------------------------------


def write_chunks(path: Path, chunks: Iterable[CountedChunk]) -> None:
    """Write chunks into an Arrow file.

    Beside the rows each record batch has the numbers of its rows and lists of their tokens; what
    belongs to the whole chunk is in the metadata of the batch.
    """
    import pyarrow

    writer = None
    options = pyarrow.ipc.IpcWriteOptions(compression="lz4")
    try:
        for chunk in chunks:
            batch = _with_tokens(chunk)
            if writer is None:
                writer = pyarrow.ipc.new_file(path, batch.schema, options=options)
            about = {name: getattr(chunk.tokens, name) for name in _PER_CHUNK}
            writer.write_batch(batch, custom_metadata={"chunk": json.dumps(about)})
    finally:
        if writer is not None:
            writer.close()


def _with_tokens(chunk: CountedChunk) -> pyarrow.RecordBatch:
    import pyarrow

    tokens = chunk.tokens
    ends = np.concatenate([[0], np.cumsum(tokens.lengths)])
    columns = dict(zip(chunk.rows.schema.names, chunk.rows.columns, strict=True))
    columns |= {"status": pyarrow.array(chunk.status), "split": pyarrow.array(chunk.split)}
    columns |= {name: pyarrow.array(getattr(tokens, name)) for name in _PER_ROW}
    columns |= {
        name: pyarrow.LargeListArray.from_arrays(ends, pyarrow.array(getattr(tokens, name)))
        for name in ("ids", "follows")
    }
    width = tokens.sketches.shape[1]
    if width:
        flat = pyarrow.array(tokens.sketches.ravel())
        columns["sketches"] = pyarrow.FixedSizeListArray.from_arrays(flat, width)
    return pyarrow.RecordBatch.from_pydict(columns)


def read_chunks(path: Path, columns: Columns) -> Iterator[CountedChunk]:
    """Yield the chunks of a file, in order."""
    import pyarrow

    names = row_schema(columns).names
    with pyarrow.ipc.open_file(path) as file:
        for number in range(file.num_record_batches):
            batch, metadata = file.get_batch_with_custom_metadata(number)
            about = json.loads(metadata[b"chunk"])
            numbers = {name: batch.column(name).to_numpy() for name in _PER_ROW}
            sketches = np.zeros((len(batch), 0), np.uint32)
            if "sketches" in batch.schema.names:
                sketches = batch.column("sketches").flatten().to_numpy().reshape(len(batch), -1)
            tokens = ChunkTokens(
                texts=[],
                words=about["words"],
                ids=batch.column("ids").flatten().to_numpy(),
                follows=batch.column("follows").flatten().to_numpy(zero_copy_only=False),
                removed={word: (n, reason) for word, (n, reason) in about["removed"].items()},
                boilerplate=about["boilerplate"],
                sketches=sketches,
                **numbers,
            )
            status, split = (batch.column(name).to_numpy() for name in ("status", "split"))
            yield CountedChunk(batch.select(names), status, split, tokens)
