"""The last pass: writes documents with the vocabulary's words, and the ledger, in chunks."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Split
from theta.corpus.bow import add_occurrences, count_words
from theta.corpus.content import hash_rows
from theta.corpus.counts import CountsWriter, DocumentCounts
from theta.corpus.dates import UnreadDates, parse_date
from theta.corpus.documents import Status
from theta.corpus.ledger import Ledger
from theta.corpus.mixed import mixed_tokenizer
from theta.corpus.tokenize import TokenRules

_SUMS = ("n_tokens", "n_candidates", "n_wordless", "n_undated", "n_stripped", "content")
_REASONS = [status.reason for status in Status]


class WriteRules(NamedTuple):
    """How documents are written.

    Attributes
    ----------
    columns : (n_ids,) int32
        The column of each id of the `WordTable` in the bag of words, or -1.
    n_words : int
        Size of the vocabulary.
    min_tokens : int
        Fewest tokens of a document.
    tokens : tuple of TokenRules
        How texts are split into words.
    date_order : str, optional
        None if there is no time column.
    """

    columns: NDArray[np.int32]
    n_words: int
    min_tokens: int
    tokens: tuple[TokenRules, ...]
    date_order: str | None


class RowFacts(NamedTuple):
    """What is known about some rows before they are written.

    Attributes
    ----------
    status, split : (n_rows,) int8
    exact : (n_rows,) bool
        Whether the row has the same text as an earlier one.
    """

    status: NDArray[np.int8]
    split: NDArray[np.int8]
    exact: NDArray[np.bool_]

    def at(self, rows: slice) -> RowFacts:
        """Return the facts of some of the rows."""
        return RowFacts(self.status[rows], self.split[rows], self.exact[rows])


class Repeats(NamedTuple):
    """Rows that repeat an earlier row exactly or nearly.

    Attributes
    ----------
    rows : (n,) int64
        Their numbers among all rows, ascending.
    originals : (n,) int64
        The row that each of them repeats.
    """

    rows: NDArray[np.int64]
    originals: NDArray[np.int64]

    def at(self, rows: slice) -> Repeats:
        """Return those among some rows."""
        low, high = np.searchsorted(self.rows, [rows.start, rows.stop])
        return Repeats(self.rows[low:high], self.originals[low:high])


class WordRows(NamedTuple):
    """A chunk of rows with their words.

    Attributes
    ----------
    first : int
        Number of its first row among all rows.
    table : pyarrow.Table
        The rows (file, line, id, text, label, time, the user's columns).
    ids : (n_tokens,) int32
        Ids in the `WordTable`, in reading order.
    lengths, halves : (n_rows,) int32
        Number of tokens of each row, and of its first half.
    n_pieces : (n_rows,) int32
        Pieces of boilerplate that were taken out of each row.
    """

    first: int
    table: Any
    ids: NDArray[np.int32]
    lengths: NDArray[np.int32]
    halves: NDArray[np.int32]
    n_pieces: NDArray[np.int32]


@dataclass
class Written:
    """Sums over the documents that were written; those of parts add up to those of the whole.

    Attributes
    ----------
    frequencies : (n_words,) int64
        Occurrences of each word of the vocabulary.
    n_tokens, n_candidates : int
        Number of vocabulary tokens and of all tokens of the kept documents.
    n_wordless : int
        Documents dropped as too short that had no word even before the vocabulary was selected.
    n_undated : int
        Kept documents without a readable time, if there is a time column.
    n_stripped : int
        Rows out of which boilerplate was taken.
    content : int
        See `theta.corpus.content.hash_rows`.
    unread_dates : UnreadDates
        Those of the undated documents that have a time, but not one that can be read.
    """

    frequencies: NDArray[np.int64]
    n_tokens: int = 0
    n_candidates: int = 0
    n_wordless: int = 0
    n_undated: int = 0
    n_stripped: int = 0
    content: int = 0
    unread_dates: UnreadDates = field(default_factory=UnreadDates)

    def __iadd__(self, other: Written) -> Written:
        self.frequencies += other.frequencies
        self.n_tokens += other.n_tokens
        self.n_candidates += other.n_candidates
        self.n_wordless += other.n_wordless
        self.n_undated += other.n_undated
        self.n_stripped += other.n_stripped
        self.content = (self.content + other.content) % 2**64
        self.unread_dates += other.unread_dates
        return self

    def record(self) -> dict[str, Any]:
        """Return everything but the frequencies, ready for JSON."""
        numbers = {name: getattr(self, name) for name in _SUMS}
        return {**numbers, "unread_dates": self.unread_dates.to_json()}

    @classmethod
    def from_record(cls, frequencies: NDArray[np.int64], record: Mapping[str, Any]) -> Written:
        """Return the sums that `record` wrote."""
        unread = UnreadDates.from_json(record["unread_dates"])
        return cls(frequencies, **{name: record[name] for name in _SUMS}, unread_dates=unread)


class RowWriter:
    """Writes the ledger, the table of kept documents and their counts, chunk by chunk.

    Parameters
    ----------
    ledger, documents : Path
    counts : CountsWriter
    rules : WriteRules
    repeats : Repeats
        Those among the rows that will be added.
    names : mapping of int to str
        Ids of the rows that they repeat in earlier parts.

    Attributes
    ----------
    written : Written
    """

    def __init__(
        self,
        ledger: Path,
        documents: Path,
        counts: CountsWriter,
        rules: WriteRules,
        repeats: Repeats,
        names: Mapping[int, str],
    ) -> None:
        self._documents_path = documents
        self._documents: Any = None
        self._counts = counts
        self._rules = rules
        self._repeats = repeats
        self._repeated = np.unique(repeats.originals)
        self._names = dict(names)
        self._stack = ExitStack()
        self._ledger = self._stack.enter_context(closing(Ledger(ledger)))
        self.written = Written(np.zeros(rules.n_words, np.int64))

    def close(self) -> None:
        """Close the ledger and the table of documents; who opened the counts closes them."""
        self._stack.close()

    def add(self, rows: WordRows, facts: RowFacts) -> None:
        """Write rows; the status of documents with too few tokens is updated."""
        status, written = facts.status, self.written
        columns = self._rules.columns[rows.ids]
        row_of_token = np.repeat(np.arange(len(rows.lengths)), rows.lengths)
        known = columns >= 0
        lengths = np.bincount(row_of_token[known], minlength=len(status))
        short = (status == Status.KEPT) & (lengths < self._rules.min_tokens)
        status[short] = Status.SHORT
        kept = status == Status.KEPT

        position = np.arange(len(rows.ids)) - np.repeat(
            np.cumsum(rows.lengths) - rows.lengths, rows.lengths
        )
        in_half = known & (position < rows.halves[row_of_token])
        halves = np.bincount(row_of_token[in_half], minlength=len(status)).astype(np.int32)
        halves[facts.split != Split.TEST] = -1
        ids = columns[known & kept[row_of_token]]
        bow = count_words(ids, lengths[kept], self._rules.n_words)
        self._counts.append(DocumentCounts(ids, lengths[kept], halves[kept], bow))
        numbers = rows.first + np.flatnonzero(kept)
        table = self._write_documents(rows.table.filter(kept), numbers, facts.split[kept])
        self._write_ledger(rows, facts, lengths)

        content = hash_rows(table, numbers, ids, lengths[kept], halves[kept])
        add_occurrences(written.frequencies, ids)
        written.n_tokens += len(ids)
        written.n_candidates += int(rows.lengths[kept].sum())
        written.n_wordless += int((rows.lengths[short] == 0).sum())
        written.n_stripped += int((rows.n_pieces > 0).sum())
        written.content = (written.content + content) % 2**64

    def _write_ledger(self, rows: WordRows, facts: RowFacts, lengths: NDArray[np.int64]) -> None:
        ids = rows.table.column("id").to_pylist()
        # A document comes after the one that it repeats.
        low, high = np.searchsorted(self._repeated, [rows.first, rows.first + len(ids)])
        self._names |= {row: ids[row - rows.first] for row in self._repeated[low:high].tolist()}
        repeated = [""] * len(ids)
        for row, original in zip(
            *self._repeats.at(slice(rows.first, rows.first + len(ids))), strict=True
        ):
            repeated[row - rows.first] = self._names[original]
        self._ledger.add(
            zip(
                ids,
                rows.table.column("file").to_pylist(),
                rows.table.column("line").to_pylist(),
                [_REASONS[code] for code in facts.status.tolist()],
                lengths.tolist(),
                facts.exact.tolist(),
                repeated,
                rows.n_pieces.tolist(),
                strict=True,
            )
        )

    def _write_documents(
        self, table: Any, numbers: NDArray[np.int64], split: NDArray[np.int8]
    ) -> Any:
        """Write the kept documents and return them with all columns."""
        import pyarrow
        import pyarrow.parquet

        ends: list[int | None] = [None] * len(split)
        tokenizer = mixed_tokenizer(self._rules.tokens)
        for row in np.flatnonzero(split == Split.TEST).tolist():
            text = table.column("text")[row].as_py()
            ends[row] = tokenizer.for_text(text).first_half(text)
        at = table.schema.get_field_index("text") + 1
        table = table.add_column(at, "split", pyarrow.array(split))
        table = table.add_column(at + 1, "half_at", pyarrow.array(ends, pyarrow.int32()))
        if self._rules.date_order is not None:
            table = self._with_dates(table, numbers, self._rules.date_order)
        if self._documents is None:
            self._documents = self._stack.enter_context(
                pyarrow.parquet.ParquetWriter(
                    self._documents_path, table.schema, compression="zstd"
                )
            )
        self._documents.write_table(table)
        return table

    def _with_dates(self, table: Any, numbers: NDArray[np.int64], order: str) -> Any:
        import pyarrow

        written = table.column("time").to_pylist()
        days = [None if t is None else parse_date(t, order) for t in written]
        self.written.n_undated += days.count(None)
        as_written = table.select(["file", "line", "time"]).to_pydict()
        self.written.unread_dates.add(as_written, numbers.tolist(), days)
        dates = pyarrow.array(days, pyarrow.string()).cast(pyarrow.date32())
        return table.set_column(table.schema.get_field_index("time"), "time", dates)
