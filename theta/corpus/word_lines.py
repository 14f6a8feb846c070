"""What the lines are like on which some words occur: sentences, tables, or no text at all."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from theta.corpus.mixed import MixedTokenizer
from theta.corpus.tokenize import REMOVED_STOP

_READ_PER_TEXT = 20_000
"""Characters of a text that are looked at."""

_SHOWN = 70
"""Characters of a line that are shown."""

_PARTS = re.compile(r"[ _]")
"""What joins the words of a phrase or an n-gram."""


class WordLines(NamedTuple):
    """The lines with some words.

    Attributes
    ----------
    n_lines : int
        Number of lines; the other numbers are 0 without any.
    letters, symbols : float
        Shares of the characters that are letters, and that are neither letters, digits nor spaces.
    stop_words : float
        Share of the words that are stop words.
    line : str
        The line that most texts have, shortened.
    n_texts : int
        Number of texts that have it.
    """

    n_lines: int
    letters: float
    symbols: float
    stop_words: float
    line: str
    n_texts: int


def word_lines(texts: Iterable[str], words: Sequence[str], tokenizer: MixedTokenizer) -> WordLines:
    """Return what the lines with some words are like.

    Parameters
    ----------
    texts : iterable of str
    words : sequence of str
        Words of the vocabulary; of phrases and n-grams, each part counts.
    tokenizer : MixedTokenizer
        That of the corpus.
    """
    wanted = {part for word in words for part in (word, *_PARTS.split(word))}
    any_word = re.compile("|".join(sorted(re.escape(word.casefold()) for word in wanted)))
    lines: list[str] = []
    in_text: list[int] = []
    for number, text in enumerate(texts):
        for line in text[:_READ_PER_TEXT].splitlines():
            # Cutting a line into words takes longer, above all in Chinese.
            if any_word.search(line.casefold()):
                lines.append(" ".join(line.split()))
                in_text.append(number)
    raws = tokenizer.encode(lines)
    of_line = np.repeat(np.arange(len(lines)), raws.counts)
    is_wanted = np.array([word in wanted for word, _ in raws.outcomes], bool)[raws.ids]
    is_stop = np.array([why == REMOVED_STOP for _, why in raws.outcomes], bool)[raws.ids]
    with_word = np.zeros(len(lines), bool)
    with_word[of_line[is_wanted]] = True
    found = np.flatnonzero(with_word).tolist()
    if not found:
        return WordLines(0, 0.0, 0.0, 0.0, "", 0)
    owners = {(lines[at], in_text[at]) for at in found}
    shared = Counter(line for line, _ in sorted(owners))
    line, n_texts = max(shared.items(), key=lambda item: item[1])
    letters, symbols = _shares("".join(lines[at] for at in found))
    stop_words = float(is_stop[with_word[of_line]].mean())
    return WordLines(len(found), letters, symbols, stop_words, _shortened(line), n_texts)


def _shares(text: str) -> tuple[float, float]:
    """Return the shares of letters, with their marks, and of symbols in the characters."""
    kinds: Counter[str] = Counter()
    for character, n in Counter(text).items():
        kinds[unicodedata.category(character)[0]] += n
    letters = kinds["L"] + kinds["M"]
    return letters / len(text), 1 - (letters + kinds["N"] + kinds["Z"]) / len(text)


def _shortened(line: str) -> str:
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
