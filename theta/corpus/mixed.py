"""Tokenizing texts in several languages, each by the rules of its language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from theta.corpus.recognition import language_among
from theta.corpus.tokenize import RawWords, Tokenizer, TokenRules, tokenizer


class MixedTokenizer:
    """Finds the words of texts in several languages, each by the rules of its language.

    The language of a text depends only on the text and the languages to choose from.

    Attributes
    ----------
    parts : tuple of Tokenizer
        One for each language; the first is also used for texts of unknown language.
    """

    def __init__(self, rules: Sequence[TokenRules]) -> None:
        self.parts = tuple(map(tokenizer, rules))
        self._languages = [part.rules.language for part in self.parts]

    def for_text(self, text: str) -> Tokenizer:
        """Return the tokenizer of a text's language."""
        return self.parts[self._part_of(text)]

    def _part_of(self, text: str) -> int:
        if len(self.parts) == 1:
            return 0
        return self._languages.index(language_among(text, self._languages))

    def encode(self, texts: Sequence[str]) -> RawWords:
        """Return the raw words of texts as ids, in the order of the texts."""
        if len(self.parts) == 1:
            return self.parts[0].encode(texts)
        part_of = np.array([self._part_of(text) for text in texts], np.int64)
        counts = np.zeros(len(texts), np.int64)
        encoded: list[tuple[NDArray[np.intp], RawWords]] = []
        for number, part in enumerate(self.parts):
            rows = np.flatnonzero(part_of == number)
            words = part.encode([texts[row] for row in rows.tolist()])
            counts[rows] = words.counts
            encoded.append((rows, words))
        starts = np.cumsum(counts) - counts
        ids = np.zeros(int(counts.sum()), np.int32)
        types: list[str] = []
        outcomes: list[tuple[str, str]] = []
        for rows, words in encoded:
            shift = starts[rows] - (np.cumsum(words.counts) - words.counts)
            ids[np.repeat(shift, words.counts) + np.arange(len(words.ids))] = words.ids + len(types)
            types += words.types
            outcomes += words.outcomes
        return RawWords(types, outcomes, ids, counts)


@cache
def mixed_tokenizer(rules: tuple[TokenRules, ...]) -> MixedTokenizer:
    """Return the tokenizer for the rules of one or more languages; made once per process."""
    return MixedTokenizer(rules)
