"""New texts, read and counted by the rules of a prepared corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.contracts import Tokens
from theta.corpus.bow import ChunkRules, ChunkTokens, count_words, tokenize_chunk
from theta.corpus.dates import DEFAULT_ORDER
from theta.corpus.documents import CHUNK_ROWS
from theta.corpus.phrases import Pair
from theta.corpus.read.texts import read_lines
from theta.corpus.rules_record import (
    RULES,
    are_words,
    read_hashes,
    read_pair,
    read_token_rules,
    upgraded,
    word_rules_record,
)
from theta.corpus.store import read_vocabulary
from theta.corpus.tokenize import TokenRules
from theta.errors import MissingFile
from theta.layout import CorpusFiles
from theta.storage import Damaged, read_manifest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


class CountedTexts(NamedTuple):
    """Texts as a topic model reads them.

    Attributes
    ----------
    texts : list of str
        The texts, cleaned as the corpus was; empty if there is no content.
    bow : (n_texts, n_words) csr_array of int32
    candidates : (n_texts,) int64
        Number of words that could be in a vocabulary: no stop words, no numbers.
    """

    texts: list[str]
    bow: csr_array
    candidates: NDArray[np.int64]

    @property
    def known(self) -> NDArray[np.int64]:
        """Number of candidates that are in the vocabulary: (n_texts,)."""
        return np.asarray(self.bow.sum(axis=1), dtype=np.int64).ravel()


def require_current_rules(files: CorpusFiles) -> None:
    """Raise `MissingFile` if a corpus is missing, or was prepared by another version's rules.

    Runs of such a corpus can be read and repeated, but new ones could not treat new documents.
    """
    fix = f"python prepare_data.py --dataset {files.root.parent.name}"
    if read_manifest(files.root, fix)["stands_on"]["rules"] != RULES:
        raise MissingFile(
            f"{files.root} was prepared by another version of the program; prepare it again: {fix}"
        )


@dataclass(frozen=True)
class CorpusRules:
    """Everything needed to count a corpus' words in new texts, without the corpus.

    Attributes
    ----------
    version : int
        `theta.corpus.rules_record.RULES` of the corpus.
    settings : mapping
        Settings of the corpus, JSON-ready, with the order of its dates (``date_order``) and whether
        each document is a file (``text_files``).
    columns : mapping of str to (str or None)
        The columns that served as text, label, time, id and split.
    words : tuple of TokenRules
        How texts are split into words, one for each language, the main one first.
    phrases : tuple of (str, str)
        Pairs of words that are joined.
    boilerplate : frozenset of int
        Hashes of the pieces that are taken out of texts.
    coverage : float
        Share of the corpus' words that its vocabulary covers.
    vocabulary : tuple of str
    """

    version: int
    settings: Mapping[str, Any]
    columns: Mapping[str, str | None]
    words: tuple[TokenRules, ...]
    phrases: tuple[Pair, ...]
    boilerplate: frozenset[int]
    coverage: float
    vocabulary: tuple[str, ...]

    @classmethod
    def of_corpus(cls, files: CorpusFiles) -> CorpusRules:
        """Return the rules of a prepared corpus.

        Raises
        ------
        MissingFile
            If the corpus is missing, or another version of the program prepared it.
        """
        require_current_rules(files)
        record = read_manifest(files.root, "")["stands_on"]
        report = record["report"]
        read = {
            "date_order": report.get("date_order") or DEFAULT_ORDER,
            "text_files": report.get("text_files", True),
        }
        return cls.from_json(
            {
                "version": record["rules"],
                "settings": {**record["settings"], **read},
                "columns": report["columns"],
                **record["word_rules"],
                "coverage": report["coverage"],
                "vocabulary": list(read_vocabulary(files)),
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Return the rules as a JSON-ready mapping."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**record, **word_rules_record(self.words, self.phrases, self.boilerplate)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> CorpusRules:
        """Return the rules of a JSON record made with `to_json`.

        Raises
        ------
        MissingFile
            If another version of the program made the corpus with other rules for words.
        Damaged
            If `record` has another form.
        """
        names = {field.name for field in fields(cls)}
        record = upgraded(record)
        if isinstance(record, dict) and record.get("version", RULES) != RULES:
            raise MissingFile(
                f"the run was trained on a corpus that another version of the rules for words made "
                f"({record['version']}, now {RULES}): prepare the data and train again"
            )
        if not isinstance(record, dict) or record.keys() != names:
            raise Damaged(
                f"the rules of a corpus must have exactly the keys {', '.join(sorted(names))}"
            )
        if not are_words(record["vocabulary"]):
            raise Damaged("vocabulary is not a list of distinct words")
        settings = record["settings"]
        return cls(
            version=RULES,
            settings=settings,
            columns=record["columns"],
            words=tuple(read_token_rules(entry, settings) for entry in record["words"]),
            phrases=tuple(read_pair(entry) for entry in record["phrases"]),
            boilerplate=read_hashes(record["boilerplate"]),
            coverage=record["coverage"],
            vocabulary=tuple(record["vocabulary"]),
        )

    @property
    def language(self) -> str:
        """ISO 639-1 code of the corpus' main language, or ``und``."""
        return self.words[0].language

    @cached_property
    def chunk_rules(self) -> ChunkRules:
        """How texts are cleaned and split into words."""
        return ChunkRules(
            self.words,
            self.settings["clean"],
            self.settings["ngram_max"],
            self.phrases,
            self.boilerplate,
        )

    @cached_property
    def _column_of(self) -> dict[str, int]:
        return {word: column for column, word in enumerate(self.vocabulary)}

    def count(self, texts: Sequence[str]) -> CountedTexts:
        """Return the counts of texts, each as `build_corpus` would have counted it."""
        chunk = tokenize_chunk(texts, self.chunk_rules)
        bow = count_words(*self._known_words(chunk), len(self.vocabulary))
        return CountedTexts(chunk.texts, bow, chunk.lengths.astype(np.int64))

    def tokens(self, texts: Iterable[str]) -> Tokens:
        """Return the vocabulary tokens of texts in reading order."""
        ids: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
        lengths: list[NDArray[np.int32]] = [np.zeros(1, np.int32)]
        remaining = iter(texts)
        while chunk := list(islice(remaining, CHUNK_ROWS)):
            stream, counts = self._known_words(tokenize_chunk(chunk, self.chunk_rules))
            ids.append(stream)
            lengths.append(counts)
        return Tokens(np.concatenate(lengths).cumsum(dtype=np.int64), np.concatenate(ids))

    def _known_words(self, chunk: ChunkTokens) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the columns of the words in the vocabulary, and how many each text has."""
        column_of = self._column_of
        columns = np.array([column_of.get(word, -1) for word in chunk.words] + [-1], np.int32)
        stream = columns[chunk.ids]
        known = stream >= 0
        rows = np.repeat(np.arange(len(chunk.texts)), chunk.lengths)
        lengths = np.bincount(rows[known], minlength=len(chunk.texts)).astype(np.int32)
        return stream[known], lengths


def read_reference(path: Path, files: CorpusFiles) -> Tokens:
    """Return the tokens of a reference corpus that are in a corpus' vocabulary.

    Parameters
    ----------
    path : Path
        A text file with one document per line, or a compressed one.
    files : CorpusFiles
        The corpus whose words and rules (language, stop words, cleaning, ...) are used.

    Raises
    ------
    MissingFile
        If the file or the corpus is missing.
    """
    if not path.is_file():
        raise MissingFile(f"--reference_corpus {path} is not there")
    lines = (row.values[0] for row in read_lines(path).rows if row.values is not None)
    return CorpusRules.of_corpus(files).tokens(lines)
