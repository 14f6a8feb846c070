"""The rows of a corpus in shards that workers have tokenized, and count and write in turn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.corpus.columns import Columns
from theta.corpus.counted import StoredTokens, read_column, read_facts, read_tokens, row_schema
from theta.corpus.counts import CountTable
from theta.corpus.phrases import PhraseJoiner
from theta.corpus.rows import Rows, TokenRows, count_occurrences
from theta.corpus.shard_answers import Answer, ShardAnswers
from theta.corpus.spool import with_names
from theta.corpus.streams import ArrayFile
from theta.corpus.write import Repeats, RowFacts, RowWriter, WordRows, WriteRules, Written
from theta.layout import CorpusFiles
from theta.storage import replacing_file
from theta.workers import Engine


class _Shard(NamedTuple):
    """A shard whose rows have been read.

    Attributes
    ----------
    path : Path
    number : int
        Number of shards before it.
    rows : slice
        The numbers of its rows among all rows.
    words : slice
        Where the ids of the words of its chunks are.
    """

    path: Path
    number: int
    rows: slice
    words: slice


class ShardTokens(NamedTuple):
    """A shard with the ids of its words: what workers get.

    Attributes
    ----------
    path : Path
    first : int
        Number of its first row among all rows.
    word_ids : (n,) int32
        The id in the `WordTable` of each distinct word of each chunk.
    """

    path: Path
    first: int
    word_ids: NDArray[np.int32]

    def chunks(
        self, joiner: PhraseJoiner | None, columns: list[str] | None = None
    ) -> Iterator[tuple[TokenRows, StoredTokens]]:
        """Yield the words of the chunks, in order, and the chunks with the requested columns."""
        row = word = 0
        for stored in read_tokens(self.path, columns or ()):
            ids = self.word_ids[word : word + stored.n_words][stored.ids]
            tokens = (ids, stored.lengths, stored.halves, stored.follows)
            yield TokenRows(self.first + row, *tokens).joined(joiner), stored
            row += len(stored.lengths)
            word += stored.n_words


class ShardRows(Rows):
    """All rows, which workers count and write shard by shard; see `Rows`.

    Parameters
    ----------
    folder : Path
    columns : Columns
    engine : Engine
    kept : Path
        Where answers of workers are kept until the corpus is finished; all workers see it.
    about : str
        Changes with everything that the answers depend on.
    """

    def __init__(
        self, folder: Path, columns: Columns, engine: Engine, kept: Path, about: str
    ) -> None:
        super().__init__(folder, columns)
        self._columns = columns
        self._engine = engine
        self._kept = kept
        self._about = about
        self._shards: list[_Shard] = []
        self._word_ids = ArrayFile(folder / "word_ids", np.int32)

    def add(self, path: Path) -> None:
        """Add the next shard."""
        first, first_word = self._n_rows, self._word_ids.length
        for facts in read_facts(path):
            self._word_ids.append(self._add(facts))
        rows, words = slice(first, self._n_rows), slice(first_word, self._word_ids.length)
        self._shards.append(_Shard(path, len(self._shards), rows, words))

    def _tokens_of(self, shard: _Shard) -> ShardTokens:
        start, stop = shard.words.start, shard.words.stop
        return ShardTokens(shard.path, shard.rows.start, self._word_ids.read(start, stop - start))

    def tokens(self) -> Iterator[TokenRows]:
        """Yield the words of all rows in chunks, in order."""
        for shard in self._shards:
            for tokens, _ in self._tokens_of(shard).chunks(self.joiner):
                yield tokens

    def occurrences(self, train: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the occurrences of each id in some rows, and the number of these rows with it."""
        n_ids = self.words.n_ids
        answers = ShardAnswers(self._kept, "occurrences", self._about)
        left = (shard for shard in self._shards if answers.of(shard.number) is None)
        jobs = ((s, (s.number, self._tokens_of(s), train[s.rows])) for s in left)
        for _ in self._engine(partial(_Counter, answers, self.joiner, n_ids), jobs):
            pass
        tf, df = np.zeros(n_ids, np.int64), np.zeros(n_ids, np.int64)
        for shard in self._shards:
            arrays, _ = _required(answers, shard)
            tf[arrays["ids"]] += arrays["tf"]
            df[arrays["ids"]] += arrays["df"]
        return tf, df

    def write(
        self, files: CorpusFiles, rules: WriteRules, facts: RowFacts, repeats: Repeats
    ) -> Written:
        """Write ledger, documents and counts, a file of each per shard."""
        parts = CorpusFiles(self._kept / "written")
        for folder in (parts.ledger_shards, parts.document_shards, parts.count_shards):
            folder.mkdir(parents=True, exist_ok=True)
        answers = ShardAnswers(self._kept, "written", self._about)
        task = _WriteTask(answers, parts, self._columns, self.joiner, rules)
        names = self._names(repeats)

        def jobs() -> Iterator[tuple[_Shard, _Part]]:
            for shard in self._shards:
                written = all(path.is_file() for path in parts.shard(shard.number).paths)
                if written and answers.of(shard.number) is not None:
                    continue
                of_shard = repeats.at(shard.rows)
                earlier = {row: names[row] for row in of_shard.originals.tolist() if row in names}
                part = (self._tokens_of(shard), shard.number, facts.at(shard.rows))
                yield shard, _Part(*part, of_shard, earlier)

        for _ in self._engine(partial(_Writer, task), jobs()):
            pass
        for folder in (files.ledger_shards, files.document_shards, files.count_shards):
            folder.mkdir()
        total = Written(np.zeros(rules.n_words, np.int64))
        for shard in self._shards:
            arrays, texts = _required(answers, shard)
            total += Written.from_record(arrays["frequencies"], json.loads(texts["sums"]))
            facts.status[shard.rows] = arrays["status"]
            old, new = (of.shard(shard.number).paths for of in (parts, files))
            for path, target in zip(old, new, strict=True):
                path.rename(target)
        return total

    def _names(self, repeats: Repeats) -> dict[int, str]:
        """Return the ids of the rows that rows of later shards repeat."""
        starts = np.array([shard.rows.start for shard in self._shards], np.int64)

        def shard_of(rows: NDArray[np.int64]) -> NDArray[np.intp]:
            return np.searchsorted(starts, rows, side="right") - 1

        across = shard_of(repeats.rows) != shard_of(repeats.originals)
        wanted = np.unique(repeats.originals[across])
        names: dict[int, str] = {}
        for number in np.unique(shard_of(wanted)).tolist():
            shard = self._shards[number]
            ids = read_column(shard.path, "id")
            first = shard.rows.start
            for row in wanted[shard_of(wanted) == number].tolist():
                names[row] = ids[row - first] or str(row + 1)
        return names


def _required(answers: ShardAnswers, shard: _Shard) -> Answer:
    answer = answers.of(shard.number)
    assert answer is not None, f"no worker has answered about {shard.path}"
    return answer


# --- on the workers ------------------------------------------------------------------------


class _Counter:
    """Counts the words of one shard after the other."""

    def __init__(self, answers: ShardAnswers, joiner: PhraseJoiner | None, n_ids: int) -> None:
        self._answers = answers
        self._joiner = joiner
        self._n_ids = n_ids

    def __call__(self, payload: tuple[int, ShardTokens, NDArray[np.bool_]]) -> None:
        """Keep the ids in some rows of a shard with `Rows.occurrences`."""
        number, shard, train = payload
        chunks = (tokens for tokens, _ in shard.chunks(self._joiner))
        tf, df = count_occurrences(chunks, train, shard.first, self._n_ids)
        ids = np.flatnonzero(tf)
        self._answers.keep(number, {"ids": ids, "tf": tf[ids], "df": df[ids]}, {})


@dataclass(frozen=True)
class _WriteTask:
    """What is done with every shard."""

    answers: ShardAnswers
    files: CorpusFiles
    columns: Columns
    joiner: PhraseJoiner | None
    rules: WriteRules


class _Part(NamedTuple):
    """A shard that is to be written; see `RowWriter`."""

    tokens: ShardTokens
    number: int
    facts: RowFacts
    repeats: Repeats
    names: dict[int, str]


class _Writer:
    """Writes one shard after the other."""

    def __init__(self, task: _WriteTask) -> None:
        self._task = task

    def __call__(self, part: _Part) -> None:
        """Write the files of a shard; keep its sums, and the status of its rows."""
        import pyarrow

        task, files = self._task, self._task.files.shard(part.number)
        # Arrays from Ray's object store are read-only.
        facts = part.facts._replace(status=part.facts.status.copy())
        columns = row_schema(task.columns).names
        with (
            replacing_file(files.ledger) as ledger,
            replacing_file(files.documents) as documents,
            replacing_file(files.counts) as counts,
            closing(CountTable(counts)) as table,
            closing(
                RowWriter(ledger, documents, table, task.rules, part.repeats, part.names)
            ) as writer,
        ):
            for tokens, stored in part.tokens.chunks(task.joiner, [*columns, "n_pieces"]):
                n_pieces = stored.batch.column("n_pieces").to_numpy()
                named = with_names(stored.batch.select(columns), tokens.first)
                rows = pyarrow.Table.from_batches([named])
                words = (tokens.ids, tokens.lengths, tokens.halves, n_pieces)
                first = tokens.first - part.tokens.first
                of_chunk = facts.at(slice(first, first + len(tokens.lengths)))
                writer.add(WordRows(tokens.first, rows, *words), of_chunk)
        sums = json.dumps(writer.written.record())
        task.answers.keep(
            part.number,
            {"frequencies": writer.written.frequencies, "status": facts.status},
            {"sums": sums},
        )
