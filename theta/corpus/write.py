"""The last pass: writes the corpus with the vocabulary's words, in chunks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import Split
from theta.corpus.bow import add_occurrences, count_words
from theta.corpus.dates import UnreadDates, parse_date
from theta.corpus.documents import Status
from theta.corpus.duplicates import Duplicates
from theta.corpus.ledger import Ledger
from theta.corpus.mixed import MixedTokenizer
from theta.corpus.spool import Spool, SpooledChunk
from theta.corpus.streams import ArrayFile, CountsFile, write_archive
from theta.corpus.vocabulary import Vocabulary
from theta.layout import CorpusFiles
from theta.storage import write_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REASONS = [status.reason for status in Status]


class CorpusWriter:
    """Writes all files of a corpus except the manifest.

    Attributes
    ----------
    n_tokens, n_candidates : int
        Number of vocabulary tokens and of all tokens of the kept documents.
    n_wordless : int
        Documents dropped as too short that had no word even before the vocabulary was selected.
    n_undated : int
        Kept documents without a readable time, if there is a time column.
    unread_dates : UnreadDates
        Those of them that have a time, but not one that can be read.
    """

    def __init__(
        self,
        files: CorpusFiles,
        scratch: Path,
        vocabulary: Vocabulary,
        tokenizer: MixedTokenizer,
        date_order: str | None,
    ) -> None:
        self._files = files
        self._vocabulary = vocabulary
        self._tokenizer = tokenizer
        n_words = len(vocabulary.words)
        self._starts = ArrayFile(scratch / "starts", np.int64)
        self._ids = ArrayFile(scratch / "tokens", np.int32)
        self._bow = CountsFile(scratch, "bow", n_words)
        self._first_halves = CountsFile(scratch, "first_halves", n_words)
        self._frequencies = np.zeros(n_words, np.int64)
        self._documents: Any = None
        self.date_order = date_order
        self.unread_dates = UnreadDates()
        self.n_tokens = self.n_candidates = self.n_wordless = self.n_undated = 0

    def write(
        self,
        spool: Spool,
        status: NDArray[np.int8],
        split: NDArray[np.int8],
        duplicates: Duplicates,
        min_tokens: int,
    ) -> None:
        """Write all files; `status` is updated for documents with too few tokens."""
        self._starts.append(np.zeros(1, np.int64))
        n_pieces = spool.vector("n_pieces")
        repeated = np.unique(duplicates.original[duplicates.original >= 0])
        names: dict[int, str] = {}
        with Ledger(self._files.ledger) as ledger:
            try:
                for chunk in spool.chunks(with_rows=True):
                    rows = slice(chunk.first, chunk.first + len(chunk.lengths))
                    lengths = self._write_chunk(chunk, status[rows], split[rows], min_tokens)
                    ids = chunk.table.column("id").to_pylist()
                    # A document comes after the one that it repeats.
                    low, high = np.searchsorted(repeated, [rows.start, rows.stop])
                    names |= {row: ids[row - rows.start] for row in repeated[low:high].tolist()}
                    originals = duplicates.original[rows].tolist()
                    ledger.add(
                        zip(
                            ids,
                            chunk.table.column("file").to_pylist(),
                            chunk.table.column("line").to_pylist(),
                            [_REASONS[code] for code in status[rows].tolist()],
                            lengths.tolist(),
                            duplicates.exact[rows].tolist(),
                            [names.get(row, "") for row in originals],
                            n_pieces[rows].tolist(),
                            strict=True,
                        )
                    )
            finally:
                if self._documents is not None:
                    self._documents.close()
        write_json(self._files.vocabulary, self._vocabulary.words)
        self._bow.write(self._files.bow)
        self._first_halves.write(self._files.first_halves)
        write_archive(self._files.tokens, {"starts": self._starts, "ids": self._ids})

    def _write_chunk(
        self,
        chunk: SpooledChunk,
        status: NDArray[np.int8],
        split: NDArray[np.int8],
        min_tokens: int,
    ) -> NDArray[np.int64]:
        """Write a chunk's kept documents and return the number of vocabulary tokens of each row."""
        columns = self._vocabulary.columns[chunk.ids]
        row_of_token = np.repeat(np.arange(len(chunk.lengths)), chunk.lengths)
        known = columns >= 0
        lengths = np.bincount(row_of_token[known], minlength=len(status))
        short = (status == Status.KEPT) & (lengths < min_tokens)
        status[short] = Status.SHORT
        self.n_wordless += int((chunk.lengths[short] == 0).sum())
        kept = status == Status.KEPT
        self.n_candidates += int(chunk.lengths[kept].sum())

        ids = columns[known & kept[row_of_token]]
        self._ids.append(ids)
        self._starts.append(self.n_tokens + np.cumsum(lengths[kept]))
        self.n_tokens += len(ids)
        bow = count_words(ids, lengths[kept], len(self._frequencies))
        self._bow.append(bow)
        add_occurrences(self._frequencies, ids)

        test = kept & (split == Split.TEST)
        position = np.arange(len(chunk.ids)) - np.repeat(
            np.cumsum(chunk.lengths) - chunk.lengths, chunk.lengths
        )
        first = known & test[row_of_token] & (position < chunk.halves[row_of_token])
        half_lengths = np.bincount(row_of_token[first], minlength=len(status))
        self._first_halves.append(
            count_words(columns[first], half_lengths[test], len(self._frequencies))
        )
        self._write_documents(chunk.table.filter(kept), split[kept])
        return lengths

    def _write_documents(self, table: Any, split: NDArray[np.int8]) -> None:
        import pyarrow
        import pyarrow.parquet

        ends: list[int | None] = [None] * len(split)
        for row in np.flatnonzero(split == Split.TEST).tolist():
            text = table.column("text")[row].as_py()
            ends[row] = self._tokenizer.for_text(text).first_half(text)
        at = table.schema.get_field_index("text") + 1
        table = table.add_column(at, "split", pyarrow.array(split))
        table = table.add_column(at + 1, "half_at", pyarrow.array(ends, pyarrow.int32()))
        if self.date_order is not None:
            written = table.column("time").to_pylist()
            days = [None if t is None else parse_date(t, self.date_order) for t in written]
            self.n_undated += days.count(None)
            self.unread_dates.add(table.select(["file", "line", "time"]).to_pydict(), days)
            dates = pyarrow.array(days, pyarrow.string()).cast(pyarrow.date32())
            table = table.set_column(table.schema.get_field_index("time"), "time", dates)
        if self._documents is None:
            self._documents = pyarrow.parquet.ParquetWriter(
                self._files.documents, table.schema, compression="zstd"
            )
        self._documents.write_table(table)

    def frequent_words(self, n: int) -> list[list[Any]]:
        """Return the `n` most frequent words of the vocabulary with their occurrences."""
        top = np.argsort(-self._frequencies, kind="stable")[:n]
        return [[self._vocabulary.words[at], int(self._frequencies[at])] for at in top.tolist()]
