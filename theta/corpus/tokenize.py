"""Text in, words out: what counts as a word, and how it is written in the vocabulary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from theta.corpus.languages import script_of
from theta.corpus.segmenters import Segmenter, find_segmenter

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_JOINERS = str.maketrans("", "", "\u200c\u200d")
_CODE = re.compile(r"[^\W\d_]{2,}\d+")
"""Two letters or more before digits: covid19, mp3, co2."""
# Vowel signs that Arabic and Hebrew texts may write or leave out, and Arabic's stretching stroke.
_OPTIONAL_MARKS = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u0652\u0670]"
)
_KEEPS_APOSTROPHE = frozenset({"CYRILLIC", "ARMENIAN", "HEBREW"})
"""Ukrainian п'ять is one word."""

_ALPHABETS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN"})
_SHORTEST_ALPHABETIC, _SHORTEST = 3, 2
"""Fewest characters of a word. In alphabets with vowels, words of one and two letters are grammar
and abbreviations. Elsewhere a character says more: a syllable (Korean), a consonant with its vowel
unwritten (Arabic) or written as a mark (Hindi), a part of a word (Chinese, where words of a single
character are mostly grammar)."""

REMOVED_STOP, REMOVED_NUMBER, REMOVED_SHORT = "stop word", "number", "short"


@dataclass(frozen=True)
class TokenRules:
    """What counts as a word; small and hashable, so that worker processes can rebuild from it.

    Attributes
    ----------
    language : str
        ISO 639-1 code or ``und``.
    stop_words : frozenset of str
        As their lists write them.
    lowercase, keep_numbers : bool
    """

    language: str
    stop_words: frozenset[str]
    lowercase: bool
    keep_numbers: bool


class Tokenizer:
    """Finds the words of texts by `TokenRules`.

    A text is first cut into *raw words* (`segment`), stop words and numbers included; each raw
    word is then either written as a word of the vocabulary or removed (`normalize`).
    """

    def __init__(self, rules: TokenRules) -> None:
        self.rules = rules
        self.segmenter: Segmenter = find_segmenter(rules.language)
        self._turkish = rules.language in ("tr", "az")
        written = {self._written(word, lowercase=True) for word in rules.stop_words}
        self._stop_words = frozenset(written - {""})
        self._lower_first = rules.lowercase and self.segmenter.parted_by_spaces

    def segment(self, text: str) -> Sequence[str]:
        """Return the raw words of a text, as substrings in reading order."""
        return self.segmenter.segment(text)

    def words(self, text: str) -> list[str]:
        """Return the words of a text that may enter the vocabulary, in reading order."""
        found = (self.normalize(raw)[0] for raw in self.raw_words(text))
        return [word for word in found if word]

    def raw_words(self, text: str) -> Sequence[str]:
        """Return the raw words in lower case where case does not matter: far fewer differ."""
        return self.segment(self._lower(text) if self._lower_first else text)

    def first_half(self, text: str) -> int:
        """Return the offset at which the first half of a text's raw words ends.

        Of an odd number of words, the one in the middle belongs to the first half.
        """
        raws = self.segment(text)
        end = 0
        for raw in raws[: (len(raws) + 1) // 2]:
            # A segmenter may give two words that share a character; the end then stays.
            at = text.find(raw, end)
            end = max(end, at + len(raw))
        return end

    def normalize(self, raw: str) -> tuple[str, str]:
        """Return a raw word as the vocabulary writes it, and why it is removed if it is.

        Compatibility forms (full-width letters, ligatures) become plain ones and optional vowel
        signs are dropped. A word with an apostrophe that is no stop word keeps its longest part:
        government's, l'homme and Türkiye'nin are government, homme and Türkiye.

        Returns
        -------
        (word, reason)
            One of them is empty.
        """
        word = self._written(raw, lowercase=self.rules.lowercase)
        key = word if self.rules.lowercase else self._written(raw, lowercase=True)
        if key in self._stop_words:
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
        if len(word) < (_SHORTEST_ALPHABETIC if script_of(word[0]) in _ALPHABETS else _SHORTEST):
            return "", REMOVED_SHORT
        return word, ""

    def _written(self, raw: str, *, lowercase: bool) -> str:
        word = raw
        if not word.isascii():
            # Some compatibility forms hold a space.
            word = unicodedata.normalize("NFKC", word).replace(" ", "").translate(_APOSTROPHES)
            if script_of(word[0]) != "ARABIC":
                word = word.translate(_JOINERS)
            word = _OPTIONAL_MARKS.sub("", word)
        word = word.strip("'\u200c\u200d")
        return self._lower(word) if lowercase else word

    def _lower(self, word: str) -> str:
        if self._turkish:
            word = word.replace("I", "ı").replace("İ", "i")
        # Elsewhere İ lower-cases to i with a combining dot, which no word is written with.
        return word.lower().replace("i\u0307", "i")


@cache
def tokenizer(rules: TokenRules) -> Tokenizer:
    """Return the tokenizer of some rules; made once in a process."""
    return Tokenizer(rules)
