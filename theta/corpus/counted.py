"""Rows, read and tokenized: what the first pass makes of a chunk, wherever it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.corpus.bow import ChunkTokens
from theta.corpus.columns import Columns
from theta.corpus.content import name_hashes
from theta.corpus.documents import RowChunk, Status
from theta.corpus.word_rules import sampled_texts

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

USER_PREFIX = "user."
"""Prefix of the names of the user's columns in documents.parquet."""

_PER_ROW = ("digests", "lengths", "halves", "n_pieces")
_FACTS = ("status", "split", "names", "digests", "sketches")
_METADATA = "chunk"


class ChunkFacts(NamedTuple):
    """What the vocabulary and the split depend on of a chunk of rows.

    Attributes
    ----------
    status, split : (n_rows,) int8
    names : (n_rows,) uint64
        See `name_hashes`.
    digests : (n_rows,) uint64
    sketches : (n_rows, N_HASHES) uint32
    words : list of str
    counts : (n_words,) int64
        Occurrences of each word.
    removed : dict of str to (int, str)
    boilerplate : dict of str to int
    sample : list of str
        A few of the texts.
    """

    status: NDArray[np.int8]
    split: NDArray[np.int8]
    names: NDArray[np.uint64]
    digests: NDArray[np.uint64]
    sketches: NDArray[np.uint32]
    words: list[str]
    counts: NDArray[np.int64]
    removed: dict[str, tuple[int, str]]
    boilerplate: dict[str, int]
    sample: list[str]


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

    def facts(self) -> ChunkFacts:
        """Return what the vocabulary and the split depend on."""
        tokens = self.tokens
        return ChunkFacts(
            status=self.status,
            split=self.split,
            names=name_hashes(self.column("id")),
            digests=tokens.digests,
            sketches=tokens.sketches,
            words=tokens.words,
            counts=np.bincount(tokens.ids, minlength=len(tokens.words)),
            removed=tokens.removed,
            boilerplate=tokens.boilerplate,
            sample=sampled_texts(self.column("text")),
        )


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
            facts = chunk.facts()
            batch = _with_tokens(chunk, facts)
            if writer is None:
                writer = pyarrow.ipc.new_file(path, batch.schema, options=options)
            about = {
                "words": facts.words,
                "counts": facts.counts.tolist(),
                "removed": facts.removed,
                "boilerplate": facts.boilerplate,
                "sample": facts.sample,
            }
            writer.write_batch(batch, custom_metadata={_METADATA: json.dumps(about)})
    finally:
        if writer is not None:
            writer.close()


def _with_tokens(chunk: CountedChunk, facts: ChunkFacts) -> pyarrow.RecordBatch:
    import pyarrow

    tokens = chunk.tokens
    ends = np.concatenate([[0], np.cumsum(tokens.lengths)])
    columns = dict(zip(chunk.rows.schema.names, chunk.rows.columns, strict=True))
    columns |= {name: pyarrow.array(getattr(facts, name)) for name in ("status", "split", "names")}
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


def read_facts(path: Path) -> Iterator[ChunkFacts]:
    """Yield the facts of the chunks of a file, in order; the texts are not read."""
    for batch, about in _batches(path, _FACTS):
        sketches = np.zeros((len(batch), 0), np.uint32)
        if "sketches" in batch.schema.names:
            sketches = batch.column("sketches").flatten().to_numpy().reshape(len(batch), -1)
        status, split, names, digests = (batch.column(name).to_numpy() for name in _FACTS[:4])
        yield ChunkFacts(
            status,
            split,
            names,
            digests,
            sketches,
            words=about["words"],
            counts=np.array(about["counts"], np.int64),
            removed={word: (n, reason) for word, (n, reason) in about["removed"].items()},
            boilerplate=about["boilerplate"],
            sample=about["sample"],
        )


class StoredTokens(NamedTuple):
    """The words of a chunk of rows, read back.

    Attributes
    ----------
    batch : pyarrow.RecordBatch
        The requested columns.
    n_words : int
        Number of distinct words.
    ids, follows, lengths, halves
        See `ChunkTokens`.
    """

    batch: Any
    n_words: int
    ids: NDArray[np.int32]
    follows: NDArray[np.bool_]
    lengths: NDArray[np.int32]
    halves: NDArray[np.int32]


_STREAMS = ("ids", "follows")
_OF_TOKENS = ("lengths", "halves")


def read_tokens(path: Path, columns: Sequence[str] = ()) -> Iterator[StoredTokens]:
    """Yield the words of the chunks of a file, in order, with some other columns."""
    for batch, about in _batches(path, (*_STREAMS, *_OF_TOKENS, *columns)):
        ids, follows = (batch.column(name).flatten() for name in _STREAMS)
        lengths, halves = (batch.column(name).to_numpy() for name in _OF_TOKENS)
        yield StoredTokens(
            batch.select(list(columns)),
            len(about["words"]),
            ids.to_numpy(),
            follows.to_numpy(zero_copy_only=False),
            lengths,
            halves,
        )


def read_column(path: Path, name: str) -> list[Any]:
    """Return a column of all rows of a file."""
    return [
        value for batch, _ in _batches(path, (name,)) for value in batch.column(name).to_pylist()
    ]


def _batches(path: Path, columns: Sequence[str]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield batches with some columns only, and what belongs to the whole chunk."""
    import pyarrow

    with pyarrow.memory_map(str(path)) as stored:
        names = pyarrow.ipc.open_file(stored).schema.names
        wanted = [names.index(name) for name in columns if name in names]
        options = pyarrow.ipc.IpcReadOptions(included_fields=wanted)
        file = pyarrow.ipc.open_file(stored, options=options)
        for number in range(file.num_record_batches):
            batch, metadata = file.get_batch_with_custom_metadata(number)
            yield batch, json.loads(metadata[_METADATA.encode()])
