"""Reading the user's files: each format yields a stream of rows with line numbers."""

from theta.corpus.read.find import file_source, find_sources, text_source
from theta.corpus.read.formats import FORMATS, suffix_of
from theta.corpus.read.header import Wanted
from theta.corpus.read.source import Source
from theta.corpus.read.table import Row, Table

__all__ = [
    "FORMATS",
    "Row",
    "Source",
    "Table",
    "Wanted",
    "file_source",
    "find_sources",
    "suffix_of",
    "text_source",
]
