"""Tokenizing: what counts as a word, and how the vocabulary spells it."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.corpus.languages import DENSE_LANGUAGES
from theta.corpus.lemmas import find_lemmatizer
from theta.corpus.recognition import script_of
from theta.corpus.segmenters import Segmenter, find_segmenter, simplified_chinese
from theta.corpus.separators import part_words

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_JOINERS = str.maketrans("", "", "\u200c\u200d")
_CODE = re.compile(r"[^\W\d_]{2,}\d+")
"""Two or more letters before digits: covid19, mp3, co2."""
_RUN = re.compile(r"\S+")
# Optional vowel signs of Arabic and Hebrew, and the Arabic tatweel.
_OPTIONAL_MARKS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670]"
)
_WHOLE_VOWELS = {"\u0e4d\u0e32": "\u0e33", "\u0ecd\u0eb2": "\u0eb3"}
"""Thai and Lao sara am, which NFKC decomposes but is typed as one character."""

_KEEPS_APOSTROPHE = frozenset({"CYRILLIC", "ARMENIAN", "HEBREW"})
"""Scripts with apostrophes inside words, such as Ukrainian п'ять."""

_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN"})
_SHORTEST_ALPHABETIC, _SHORTEST = 3, 2
"""Fewest characters of a word. In alphabets with vowels, words of one and two letters are function
words and abbreviations. Elsewhere a character carries more: a syllable (Korean), a consonant with
its vowel unwritten (Arabic) or written as a mark (Hindi), a morpheme (Chinese, where words of one
character are mostly function words). In such texts, two Latin letters are a name: QQ, AI, PC."""

_CACHED_WORDS = 200_000

REMOVED_STOP, REMOVED_NUMBER, REMOVED_SHORT = "stop word", "number", "short"


@dataclass(frozen=True)
class TokenRules:
    """What counts as a word; hashable, and small enough to send to worker processes.

    Attributes
    ----------
    language : str
        ISO 639-1 code or ``und``.
    stop_words : frozenset of str
        Stop words as spelled in their lists.
    lowercase, keep_numbers : bool
    lemmatize : bool
        Replace words by their dictionary form.
    segmenter : str
        Name of the segmenter; empty for the best one that is installed.
    """

    language: str
    stop_words: frozenset[str]
    lowercase: bool
    keep_numbers: bool
    lemmatize: bool = False
    segmenter: str = ""


class Tokenizer:
    """Finds the words of texts by `TokenRules`.

    A text is first split into *raw words* (`segment`), including stop words and numbers; each raw
    word is then either normalized to a word of the vocabulary or removed (`normalize`).

    Attributes
    ----------
    rules : TokenRules
    segmenter : Segmenter
    normalize : callable
        Takes a raw word and returns (word, "") or ("", reason for its removal).
    """

    def __init__(self, rules: TokenRules) -> None:
        self.rules = rules
        self.segmenter: Segmenter = find_segmenter(rules.language, rules.segmenter)
        self._turkish = rules.language == "tr"
        self._in_syllables = rules.language == "vi"
        dense = rules.language in DENSE_LANGUAGES
        self._shortest = _SHORTEST if dense else _SHORTEST_ALPHABETIC
        self._lemma = find_lemmatizer(rules.language) if rules.lemmatize else None
        self._plain = rules.lowercase and not self._turkish and self._lemma is None
        self._simplified = simplified_chinese() if rules.language == "zh" else None
        written = {self._written(word, lowercase=True) for word in rules.stop_words}
        self._stop_words = frozenset(written - {""})
        # Most words of a chunk also occur in the chunk before.
        self.normalize = lru_cache(maxsize=_CACHED_WORDS)(self._normalize)
        self._lower_first = rules.lowercase and self.segmenter.parted_by_spaces

    def segment(self, text: str) -> Sequence[str]:
        """Return the raw words of a text, as substrings in reading order."""
        return self.segmenter.segment(text)

    def words(self, text: str) -> list[str]:
        """Return the normalized words of a text, in reading order."""
        words = (self.normalize(raw)[0] for raw in self.raw_words(text))
        return [word for word in words if word]

    def raw_words(self, text: str) -> Sequence[str]:
        """Return the raw words, in lower case where case does not matter, so that fewer differ."""
        return self.segment(self._lower(text) if self._lower_first else text)

    def encode(self, texts: Sequence[str]) -> RawWords:
        """Return the raw words of texts as ids; the same words as those of `raw_words`."""
        if self.segmenter.parted_by_spaces:
            lowered = [self._lower(text) for text in texts] if self._lower_first else texts
            types, ids, counts = _encode_spaced(part_words(lowered))
        else:
            types, ids, counts = _encode_lists([self.segment(text) for text in texts])
        return RawWords(types, [*map(self.normalize, types)], ids, counts)

    def first_half(self, text: str) -> int:
        """Return the offset at which the first half of a text's raw words ends.

        If the number of words is odd, the middle one belongs to the first half.
        """
        if self.segmenter.parted_by_spaces:
            # part_words keeps the length of a text, so offsets match.
            ends = [word.end() for word in _RUN.finditer(part_words([text])[0])]
            return ends[(len(ends) + 1) // 2 - 1] if ends else 0
        raws = self.segment(text)
        end = 0
        for raw in raws[: (len(raws) + 1) // 2]:
            # A segmenter may return overlapping words; the end then stays.
            at = text.find(raw, end)
            end = max(end, at + len(raw))
        return end

    def _normalize(self, raw: str) -> tuple[str, str]:
        """Return the vocabulary's spelling of a raw word, or the reason for its removal.

        Compatibility forms (full-width letters, ligatures) become plain ones and optional vowel
        signs are dropped. A word with an apostrophe that is not a stop word is reduced to its
        longest part: government's, l'homme and Türkiye'nin become government, homme and Türkiye.

        Returns
        -------
        (word, reason)
            One of them is empty.
        """
        if not raw:
            return "", REMOVED_SHORT
        if self._plain and raw.isascii() and raw.isalpha():  # shortcut for most words
            word = raw.lower()
            if word in self._stop_words:
                return "", REMOVED_STOP
            return (word, "") if len(word) >= self._shortest else ("", REMOVED_SHORT)
        word = self._written(raw, lowercase=self.rules.lowercase)
        key = word if self.rules.lowercase else self._written(raw, lowercase=True)
        if self._is_stop_word(key):
            return "", REMOVED_STOP
        if "'" in word and script_of(word[0]) not in _KEEPS_APOSTROPHE:
            word = max(word.split("'"), key=len)
            if self._lower(word) in self._stop_words:
                return "", REMOVED_STOP
        if not word:
            return "", REMOVED_SHORT
        if not word.isalpha() and any(character.isdigit() for character in word):
            if self.rules.keep_numbers:
                return word, ""
            if not _CODE.fullmatch(word):
                return "", REMOVED_NUMBER
        if len(word) < (self._shortest if script_of(word[0]) in _ALPHABETS else _SHORTEST):
            return "", REMOVED_SHORT
        if self._lemma is not None:
            word = self._lemma_of(word)
            if self._lower(word) in self._stop_words:
                return "", REMOVED_STOP
        return word, ""

    def _is_stop_word(self, word: str) -> bool:
        if word in self._stop_words:
            return True
        return self._simplified is not None and self._simplified(word) in self._stop_words

    def _lemma_of(self, word: str) -> str:
        assert self._lemma is not None
        lemma = self._lemma(word)
        if not lemma.isalpha():
            return word
        return self._lower(lemma) if self.rules.lowercase else lemma

    def _written(self, raw: str, *, lowercase: bool) -> str:
        word = raw
        if not word.isascii():
            if self._in_syllables:
                word = "_".join(word.split())
            # Some compatibility forms contain a space.
            word = unicodedata.normalize("NFKC", word).replace(" ", "").translate(_APOSTROPHES)
            if script_of(word[0]) != "ARABIC":
                word = word.translate(_JOINERS)
            word = _OPTIONAL_MARKS.sub("", word)
            for parts, vowel in _WHOLE_VOWELS.items():
                word = word.replace(parts, vowel)
        word = word.strip("'\u200c\u200d")
        return self._lower(word) if lowercase else word

    def _lower(self, word: str) -> str:
        if self._turkish:
            word = word.replace("I", "ı").replace("İ", "i")
        # Elsewhere İ lower-cases to i with a combining dot, which does not occur in words.
        return word.lower().replace("i\u0307", "i")


class RawWords(NamedTuple):
    """The raw words of some texts, as ids of the distinct ones.

    Attributes
    ----------
    types : list of str
        The distinct raw words.
    outcomes : list of (str, str)
        Result of `Tokenizer.normalize` for each type.
    ids : (n_words,) int32
        Indices into `types`, text after text.
    counts : (n_texts,) int64
        Number of raw words of each text.
    """

    types: list[str]
    outcomes: list[tuple[str, str]]
    ids: NDArray[np.int32]
    counts: NDArray[np.int64]


_Encoded = tuple[list[str], "NDArray[np.int32]", "NDArray[np.int64]"]
"""Types, ids and counts of `RawWords`."""


def _encode_spaced(texts: Sequence[str]) -> _Encoded:
    import pyarrow.compute

    from theta.corpus.arrow import to_numbers, to_strings

    # Arrow splits and encodes without a Python object per word, which is three times as fast.
    words = pyarrow.compute.ascii_split_whitespace(to_strings(texts))
    encoded = words.flatten().dictionary_encode()
    types: list[str] = encoded.dictionary.to_pylist()
    ids = to_numbers(encoded.indices)
    counts = to_numbers(words.value_lengths()).astype(np.int64)
    if "" in types:  # before the first and after the last space of a text
        empty = types.index("")
        rows = np.repeat(np.arange(len(texts)), counts)
        counts = np.bincount(rows[ids != empty], minlength=len(texts))
        ids = ids[ids != empty]
        # The empty word stays in `types`, so that the ids remain valid; no id refers to it.
    return types, ids, counts


def _encode_lists(texts: Sequence[Sequence[str]]) -> _Encoded:
    types: defaultdict[str, int] = defaultdict()
    types.default_factory = types.__len__
    counts = np.array([len(words) for words in texts], np.int64)
    ids = np.fromiter(
        map(types.__getitem__, chain.from_iterable(texts)), np.int32, int(counts.sum())
    )
    return list(types), ids, counts


@cache
def tokenizer(rules: TokenRules) -> Tokenizer:
    """Return the tokenizer for some rules; made once per process."""
    return Tokenizer(rules)
