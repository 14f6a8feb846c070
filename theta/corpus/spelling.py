"""How well a text is spelled: for telling encodings apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from theta.corpus.languages import LANGUAGES, listed_stop_words
from theta.corpus.segmenters import part_words


def looks_spelled(text: str) -> float:
    """Return how much the letters beyond ASCII of a text are those of its language.

    The language is the one that the text has most stop words of; a letter counts by the share of
    that language's stop words that are spelled with it. For telling encodings apart: read in the
    wrong one, French has Czech letters in French words.
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
    """Return by stop word the languages that have it."""
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
