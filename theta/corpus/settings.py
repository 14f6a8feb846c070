"""What a preparation is asked to do, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from theta.corpus.columns import AskedColumns


@dataclass(frozen=True)
class CorpusSettings:
    """Everything that the corpus depends on, beside the data. Defaults are the options' own.

    Attributes
    ----------
    language : str
        A language's English name or ISO 639-1 code, several with commas, or ``auto``.
    clean : bool
        Remove HTML, URLs, addresses and control characters, and mend mojibake.
    text_column, label_column, time_column : str, optional
        Columns of the user's files, by name or number; None looks for the documented names.
    sheet : str, optional
        Sheet of a workbook, by name or number; None finds it.
    date_order : {"auto", "dmy", "mdy", "ymd"}
        How dates of three numbers are read.
    stopwords : Path, optional
        A file of further stop words, one a line.
    vocab_size : int or 'auto'
        The most frequent words that are kept; ``auto`` follows the number of documents.
    min_df : int or 'auto'
        Fewest training documents that a word must stand in; ``auto`` follows their number.
    max_df : float
        Largest share of the training documents that a word may stand in.
    ngram_max : int
        Longest sequence of words that counts as a word of its own.
    lowercase : bool
    keep_numbers : bool
        Count numbers, and codes with digits in them, as words.
    drop_duplicates : bool
        Drop every later document with the very same text.
    min_tokens : int
        Documents with fewer vocabulary tokens are dropped.
    test_share : float
        Share of the documents that are held out as test documents.
    seed : int
    lemmatize : bool
        Count words in their dictionary form.
    phrases : bool
        Join pairs of words that belong together, such as ``new_york``.
    """

    language: str
    clean: bool
    text_column: str | None
    label_column: str | None
    time_column: str | None
    sheet: str | None
    date_order: str
    stopwords: Path | None
    vocab_size: int | str
    min_df: int | str
    max_df: float
    ngram_max: int
    lowercase: bool
    keep_numbers: bool
    drop_duplicates: bool
    min_tokens: int
    test_share: float
    seed: int
    lemmatize: bool = False
    phrases: bool = False

    @property
    def asked_columns(self) -> AskedColumns:
        """The columns that are asked for."""
        return AskedColumns(self.text_column, self.label_column, self.time_column, self.sheet)

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a JSON-ready mapping."""
        record = asdict(self)
        record["stopwords"] = None if self.stopwords is None else str(self.stopwords)
        return record


@dataclass(frozen=True)
class CorpusReport:
    """What became of the user's documents.

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
        Kept documents whose time could not be read, where there is a time column.
    train, validation, test : int
        Kept documents of each part.
    words : int
        Size of the vocabulary.
    tokens : int
        Vocabulary tokens of all kept documents.
    coverage : float
        Share of the token occurrences, after stop words, that the vocabulary covers.
    min_df : int
        Documents that a word had to stand in, as resolved.
    language, language_how : str
        ISO code of the main language (``und``: not recognised), and how it was decided.
    language_share : float or None
        Share of the sampled documents that look like that language; None if it was given.
    segmenter : str
        What found the words.
    columns : mapping of str to (str or None)
        The user's columns that were taken as text, label, time, id and split.
    date_order : {"dmy", "mdy", "ymd"} or None
        How dates of three numbers were read; None where there is no time column.
    frequent_kept, frequent_removed : sequence of (word, count[, reason])
        The 50 most frequent words in and out of the vocabulary.
    notes : sequence of str
        What a user should know, one line each.
    languages : sequence of str
        All languages that documents were read by, the main one first.
    phrases : int
        Pairs of words that were joined into one.
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

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> CorpusReport:
        """Return the report that `asdict` and JSON made `record` of."""
        return cls(**{"date_order": None, **record})  # which reports of earlier versions lack
