"""A spelling score for text, to distinguish encodings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from theta.corpus.languages import LANGUAGES, listed_stop_words
from theta.corpus.separators import part_words


def looks_spelled(text: str) -> float:
    """Return how well the non-ASCII letters of a text fit its language.

    The language is the one with the most stop words in the text; each letter counts by the share of
    that language's stop words that contain it. This distinguishes encodings: read in the wrong one,
    French text has Czech letters in French words.
    """
    owners = _stop_word_owners()
    total: defaultdict[str, float] = defaultdict(float)
    for word in part_words([text])[0].lower().split():
        for code in owners.get(word, ()):
            total[code] += 1 / len(owners[word])
    if not total:
        return 0.0
    letters = _letters(max(total, key=lambda code: (total[code], code)))
    return sum(letters.get(character, 0.0) for character in text.lower() if character > "\x7f")


@cache
def _stop_word_owners() -> Mapping[str, Sequence[str]]:
    """Return the languages that have each stop word."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for code in LANGUAGES.values():
        words = {part for word in listed_stop_words(code) for part in part_words([word])[0].split()}
        for word in {word.lower() for word in words}:
            owners[word].append(code)
    return owners


@cache
def _letters(code: str) -> dict[str, float]:
    words = listed_stop_words(code)
    counts = Counter(letter for word in words for letter in set(word))
    return {letter: n / len(words) for letter, n in counts.items()}
