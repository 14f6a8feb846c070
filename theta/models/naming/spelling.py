"""Phrases as texts write them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from theta.corpus.mixed import mixed_tokenizer
from theta.corpus.phrases import natural_text
from theta.corpus.tokenize import TokenRules

MOST_CHARACTERS = 40
"""Most characters of a name."""

_CHARACTERS_READ = 4_000
"""Characters of a text in which a phrase is looked for."""

_CACHED_TEXTS = 200

_LEAST_SHARE = 0.5
"""Least share of the texts in which the words of a phrase form one."""

# Between the words of a phrase: nothing, a hyphen, an apostrophe, or up to two removed words.
_WITHIN = re.compile(r"[\s\-–'’&·]*(?:[^\W\d_]+[\s\-–'’&·]+){0,2}")


class _Piece(NamedTuple):
    """A word of the vocabulary in a text, and where it begins and ends there."""

    word: str
    begin: int
    end: int


class Speller:
    """Finds phrases of the vocabulary in texts.

    Parameters
    ----------
    rules : sequence of TokenRules
        How the corpus is split into words, one for each language.
    """

    def __init__(self, rules: Sequence[TokenRules]) -> None:
        self._tokenizer = mixed_tokenizer(tuple(rules))
        # The phrases of a topic are looked up in the same typical texts.
        self._pieces = lru_cache(maxsize=_CACHED_TEXTS)(self._cut)

    def spell(self, words: Sequence[str], texts: Iterable[str]) -> str:
        """Return the most frequent spelling of a phrase; empty if it is seldom one.

        Words that stand together only across a comma or a full stop, say, are not a phrase.

        Parameters
        ----------
        words : sequence of str
            As in the vocabulary.
        texts : iterable of str
            Texts that contain the words.
        """
        wanted = _parts(words)
        spellings: Counter[str] = Counter()
        n_texts = n_found = 0
        for text in texts:
            found = self._find(wanted, text[:_CHARACTERS_READ])
            # The phrase may be in the rest of a long text.
            n_texts += bool(found) or len(text) <= _CHARACTERS_READ
            n_found += bool(found)
            spellings.update(found)
        if n_found < _LEAST_SHARE * n_texts or not n_found:
            return ""
        without_case: Counter[str] = Counter()
        for spelling, n in spellings.items():
            without_case[spelling.casefold()] += n
        ((common, _),) = without_case.most_common(1)
        spelt = [(n, text) for text, n in spellings.items() if text.casefold() == common]
        # Of equally frequent spellings, the one with fewer capitals: others begin a sentence.
        best = max(spelt, key=lambda item: (item[0], sum(map(str.islower, item[1])), item[1]))[1]
        return best if len(best) <= MOST_CHARACTERS else ""

    def _find(self, wanted: Sequence[str], text: str) -> list[str]:
        """Return the places of a text that spell a phrase."""
        pieces = self._pieces(text)
        n = len(wanted)
        found = []
        for first in range(len(pieces) - n + 1):
            if pieces[first].word != wanted[0]:
                continue
            of_phrase = pieces[first : first + n]
            if [piece.word for piece in of_phrase] == list(wanted) and all(
                _WITHIN.fullmatch(text[before.end : max(before.end, after.begin)])
                for before, after in pairwise(of_phrase)
            ):
                found.append(" ".join(text[of_phrase[0].begin : of_phrase[-1].end].split()))
        return found

    def _cut(self, text: str) -> list[_Piece]:
        """Return the words of a text and where they are."""
        tokenizer = self._tokenizer.for_text(text)
        pieces: list[_Piece] = []
        end = 0
        for raw in tokenizer.segment(text):
            begin = text.find(raw, end)
            if begin < 0:  # a segmenter may return overlapping words
                continue
            end = begin + len(raw)
            word = tokenizer.normalize(raw)[0]
            if "_" in word:
                pieces += [_Piece(part, begin, end) for part in _parts([word])]
            elif word:
                pieces.append(_Piece(word, begin, end))
        return pieces


def _parts(words: Sequence[str]) -> list[str]:
    """Return the single words of the vocabulary's words, of which some are phrases themselves."""
    return [part for word in words for part in natural_text(word).split()]
