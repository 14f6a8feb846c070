"""The settings of a corpus and the report of its preparation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from theta.corpus.columns import RequestedColumns
from theta.options.prepare import CorpusOptions


@dataclass(frozen=True, kw_only=True)
class CorpusSettings(CorpusOptions):
    """The options that the corpus depends on, besides the data."""

    @property
    def requested_columns(self) -> RequestedColumns:
        """The columns that the user names."""
        return RequestedColumns(self.text_column, self.label_column, self.time_column, self.sheet)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a JSON-ready mapping."""
        record = asdict(self)
        record["stopwords"] = None if self.stopwords is None else str(self.stopwords)
        return record


@dataclass(frozen=True)
class CorpusReport:
    """The result of preparing the user's documents.

    Attributes
    ----------
    rows : int
        Rows of the input.
    documents : int
        Documents that were kept.
    dropped : mapping of str to int
        How many rows were dropped, by reason.
    duplicates : int
        Rows that repeat the text of an earlier one, dropped or not.
    undated : int
        Kept documents whose time could not be read, if there is a time column.
    train, validation, test : int
        Number of kept documents in each part.
    words : int
        Size of the vocabulary.
    tokens : int
        Vocabulary tokens of all kept documents.
    coverage : float
        Share of the token occurrences, after stop words, that the vocabulary covers.
    min_df : int
        Fewest training documents that contain a word, as resolved.
    language, language_how : str
        ISO code of the main language (``und`` if not recognized), and how it was decided.
    language_share : float or None
        Share of the sampled documents that look like that language; None if the user named it.
    segmenter : str
        How texts were split into words.
    columns : mapping of str to (str or None)
        The user's columns that serve as text, label, time, id and split.
    date_order : {"dmy", "mdy", "ymd"} or None
        How dates of three numbers were read; None without a time column.
    frequent_kept, frequent_removed : sequence of (word, count[, reason])
        The 50 most frequent words in and out of the vocabulary.
    notes : sequence of str
        Notes for the user, one line each.
    languages : sequence of str
        All languages that documents were read in, the main one first.
    phrases : int
        Pairs of words that were joined into one.
    text_files : bool
        Whether each document is a file.
    date_order_how : str
        The order of the dates in words and a date that shows it; empty if the user named the
        order, or no date shows one.
    unread_dates : int
        Kept documents with a time that could not be read, if a note names them.
    boilerplate : sequence of (str, int)
        The 50 most frequent lines and sentences that were taken out of texts, with the number of
        texts.
    boilerplate_documents : int
        Rows that lost some.
    """

    rows: int
    documents: int
    dropped: Mapping[str, int]
    duplicates: int
    undated: int
    train: int
    validation: int
    test: int
    words: int
    tokens: int
    coverage: float
    min_df: int
    language: str
    language_how: str
    language_share: float | None
    segmenter: str
    columns: Mapping[str, str | None]
    date_order: str | None
    frequent_kept: Sequence[Sequence[Any]]
    frequent_removed: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()
    languages: Sequence[str] = ()
    phrases: int = 0
    text_files: bool = False
    date_order_how: str = ""
    unread_dates: int = 0
    boilerplate: Sequence[Sequence[Any]] = ()
    boilerplate_documents: int = 0

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> CorpusReport:
        """Return the report of a JSON record made with `asdict`."""
        return cls(**{"date_order": None, **record})  # absent from earlier versions
