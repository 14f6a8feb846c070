"""The first pass over the documents of a corpus, in order on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Protocol

from theta.corpus.bow import ChunkRules
from theta.corpus.columns import Columns, RequestedColumns
from theta.corpus.counted import CountedChunk, count_chunk
from theta.corpus.date_order import OrderFinder
from theta.corpus.documents import DocumentReader, RowChunk
from theta.corpus.parallel import tokenize_chunks
from theta.corpus.read import Source
from theta.corpus.rows import Rows
from theta.corpus.spool import Spool
from theta.corpus.word_rules import read_head


class Reading(Protocol):
    """The documents of a corpus, read and tokenized once.

    Attributes
    ----------
    columns : Columns
    orders : OrderFinder
        Evidence of the order of dates; complete once everything is read.
    notes : list of str
        Notes for the user; complete once everything is read.
    one_per_file : bool
        Whether each document is a file.
    """

    columns: Columns
    orders: OrderFinder
    notes: list[str]

    @property
    def one_per_file(self) -> bool:
        """Whether each document is a file."""
        ...

    def head(self) -> list[RowChunk]:
        """Return the first rows, from which the language is determined."""
        ...

    def read(self, rules: ChunkRules, folder: Path) -> Rows:
        """Return all rows with their words.

        Parameters
        ----------
        rules : ChunkRules
        folder : Path
            Folder for files that are needed until the corpus is written.
        """
        ...


class ReadHere(DocumentReader):
    """Sources that this process reads in order; others may help to tokenize.

    Parameters
    ----------
    sources : sequence of Source
    requested : RequestedColumns
    workers : int, optional
        Number of processes; by default all cores if the corpus is large enough.
    """

    def __init__(
        self, sources: Sequence[Source], requested: RequestedColumns, workers: int | None
    ) -> None:
        super().__init__(sources, requested)
        self._workers = workers
        self._head: list[RowChunk] = []
        self._rest = self.chunks()

    def head(self) -> list[RowChunk]:
        """Return the first rows."""
        self._head = self._head or read_head(self._rest)
        return self._head

    def read(self, rules: ChunkRules, folder: Path) -> Spool:
        """Return all rows with their words."""
        spool = Spool(folder, self.columns)
        for chunk in self._counted(rules):
            spool.add(chunk)
        spool.finish()
        return spool

    def _counted(self, rules: ChunkRules) -> Iterator[CountedChunk]:
        from tqdm import tqdm

        chunks = ((rows, rows.texts) for rows in chain(self._head, self._rest))
        with tqdm(desc="Reading documents", unit=" rows", disable=None, delay=2) as bar:
            for rows, tokens in tokenize_chunks(chunks, rules, self._workers):
                yield count_chunk(rows, tokens, self.columns)
                bar.update(len(rows))
