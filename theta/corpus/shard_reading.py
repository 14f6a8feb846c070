"""The first pass over the documents of a corpus, shard by shard on workers."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from theta.corpus.bow import ChunkRules, tokenize_chunk
from theta.corpus.columns import Columns, RequestedColumns
from theta.corpus.counted import CountedChunk, count_chunk, write_chunks
from theta.corpus.date_order import OrderFinder
from theta.corpus.documents import DocumentReader, ReadCounts, RowChunk
from theta.corpus.read import file_source
from theta.corpus.read.shards import InputShard
from theta.corpus.rules_record import word_rules_record
from theta.corpus.shard_rows import ShardRows
from theta.corpus.spellings import SpellingCheck
from theta.corpus.word_rules import read_head
from theta.errors import InvalidOption, MissingFile
from theta.storage import Damaged, fingerprint, read_json, replacing_file, write_json
from theta.workers import Engine

_LOG = logging.getLogger(__name__)

_FORMAT = 2
"""Format version of tokenized shards; those of other versions are made again."""


@dataclass(frozen=True)
class ReadTask:
    """What is done with every shard.

    Attributes
    ----------
    requested : RequestedColumns
    columns : Columns
        Those of the first shard, which all must have.
    rules : ChunkRules
    folder : Path
        Where the counted shards are written; all workers see it.
    about : str
        Changes with everything else that the words of a shard depend on.
    """

    requested: RequestedColumns
    columns: Columns
    rules: ChunkRules
    folder: Path
    about: str

    def table_of(self, shard: InputShard) -> Path:
        """Return where a counted shard is."""
        return self.folder / f"{shard.name}.arrow"

    def record_of(self, shard: InputShard) -> Path:
        """Return where it is recorded that a shard is done."""
        return self.folder / f"{shard.name}.json"


class ShardCounter:
    """Reads and tokenizes one shard after the other.

    Parameters
    ----------
    task : ReadTask
    """

    def __init__(self, task: ReadTask) -> None:
        self._task = task

    def __call__(self, shard: InputShard) -> None:
        """Write a counted shard, and then its record."""
        task = self._task
        dates, spellings = OrderFinder(), SpellingCheck(task.columns)
        with shard.local() as path, replacing_file(task.table_of(shard)) as new:
            reader = shard_reader(path, task.requested, task.columns)
            write_chunks(new, self._counted(_as_in_file(reader, shard), dates, spellings))
        record = {
            "about": task.about,
            "state": shard.state,
            "notes": reader.notes,
            "counts": asdict(reader.counts),
            "dates": dates.to_json(),
            "spellings": spellings.to_json(),
        }
        with replacing_file(task.record_of(shard)) as new:
            write_json(new, record)

    def _counted(
        self, chunks: Iterator[RowChunk], dates: OrderFinder, spellings: SpellingCheck
    ) -> Iterator[CountedChunk]:
        task = self._task
        for rows in chunks:
            if task.columns.time is not None:
                dates.add(rows.file, rows.lines, [time or "" for time in rows.times])
            chunk = count_chunk(rows, tokenize_chunk(rows.texts, task.rules), task.columns)
            spellings.add(chunk)
            yield chunk


def shard_reader(path: Path, requested: RequestedColumns, columns: Columns) -> DocumentReader:
    """Return a reader of one shard.

    Raises
    ------
    InvalidOption
        If it has other columns than the first shard.
    """
    # By name, so that each shard is read like the first one.
    text, label, time = (
        None if at is None else columns.names[at]
        for at in (columns.text, columns.label, columns.time)
    )
    requested = replace(requested, text=text, label=label, time=time)
    source = file_source(path, requested.wanted)
    table = source.open(requested.wanted)
    table.close()
    if set(table.columns) != set(columns.names):
        raise InvalidOption(
            f"the files of one corpus must have the same columns, but {path.name} has "
            f"{', '.join(table.columns)}, and the first file has {', '.join(columns.names)}"
        )
    reader = DocumentReader([source], requested, log_bad_rows=False, partial=True)
    reader.columns, reader.notes = columns, []
    return reader


def _as_in_file(reader: DocumentReader, shard: InputShard) -> Iterator[RowChunk]:
    """Yield the rows of a shard under the name and with the lines of its file."""
    for rows in reader.chunks():
        lines = [shard.first_row + line for line in rows.lines]
        yield replace(rows, file=shard.file.name, lines=lines)


class ReadInShards:
    """Shards of files that workers read; the rows are those of the files in order.

    A shard that was counted before is not counted again, whatever ended the earlier call.

    Parameters
    ----------
    shards : sequence of InputShard
    requested : RequestedColumns
    engine : Engine
    folder : Path
        Folder for the counted shards, which all workers see.
    stands_on : str
        Changes with the data and the settings.

    Raises
    ------
    InvalidOption
        If the first shard has no text column.
    """

    one_per_file = False

    def __init__(
        self,
        shards: Sequence[InputShard],
        requested: RequestedColumns,
        engine: Engine,
        folder: Path,
        stands_on: str,
    ) -> None:
        self._shards = shards
        self._requested = requested
        self._engine = engine
        self._folder = folder
        self._stands_on = stands_on
        self._counts = ReadCounts()
        self.orders = OrderFinder()
        with shards[0].local() as path:
            wanted = requested.wanted
            self.columns = DocumentReader([file_source(path, wanted)], requested).columns
        self.notes = list(self.columns.notes)

    def head(self) -> list[RowChunk]:
        """Return the first rows."""
        with closing(self._chunks()) as chunks:
            return read_head(chunks)

    def _chunks(self) -> Generator[RowChunk, None, None]:
        for shard in self._shards:
            with shard.local() as path:
                yield from shard_reader(path, self._requested, self.columns).chunks()

    def read(self, rules: ChunkRules, folder: Path) -> ShardRows:
        """Return all rows with their words."""
        from tqdm import tqdm

        task = ReadTask(self._requested, self.columns, rules, self._folder, self._about(rules))
        self._folder.mkdir(parents=True, exist_ok=True)
        done = {shard.name for shard in self._shards if _is_done(task, shard)}
        _LOG.info(
            "%d shards of documents, %d of them counted earlier.", len(self._shards), len(done)
        )
        left = [shard for shard in self._shards if shard.name not in done]
        finished = self._engine(partial(ShardCounter, task), ((shard, shard) for shard in left))
        states = [[shard.name, shard.state] for shard in self._shards]
        about = fingerprint(self._stands_on, self._about(rules), states)
        rows = ShardRows(folder, self.columns, self._engine, self._folder, about)
        for shard in tqdm(self._shards, desc="Shards", disable=None, delay=2):
            while shard.name not in done:
                done.add(next(finished)[0].name)
            record = read_json(task.record_of(shard))
            self._take(record)
            if record["counts"]["rows"]:
                rows.add(task.table_of(shard))
                rows.spellings += SpellingCheck.from_json(self.columns, record["spellings"])
        self._counts.check(at_end=True)
        self.notes += self._counts.notes()
        return rows

    def _about(self, rules: ChunkRules) -> str:
        return fingerprint(
            _FORMAT,
            word_rules_record(rules.tokens, (), rules.boilerplate),
            rules.clean,
            rules.ngram_max,
            rules.near_duplicates,
            self.columns.names,
            self.columns.described(),
        )

    def _take(self, record: dict[str, Any]) -> None:
        self._counts += ReadCounts(**record["counts"])
        self._counts.check(at_end=False)
        self.notes += record["notes"]
        self.orders += OrderFinder.from_json(record["dates"])


def _is_done(task: ReadTask, shard: InputShard) -> bool:
    try:
        record: dict[str, Any] = read_json(task.record_of(shard))
    except (MissingFile, Damaged):
        return False
    same = (record.get("about"), record.get("state")) == (task.about, shard.state)
    return same and task.table_of(shard).is_file()
