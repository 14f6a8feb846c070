"""Which language texts are in, told by their script, their stop words and their letters."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theta.corpus.languages import LANGUAGES, UNDETERMINED, language_name, stop_words
from theta.corpus.segmenters import part_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BY_SCRIPT = {
    "HANGUL": ("ko",),
    "THAI": ("th",),
    "GREEK": ("el",),
    "HEBREW": ("he",),
    "ARMENIAN": ("hy",),
    "BENGALI": ("bn",),
    "GUJARATI": ("gu",),
    "DEVANAGARI": ("hi", "mr"),
    "ARABIC": ("ar", "fa", "ur", "ku"),
    "CYRILLIC": ("ru", "uk", "bg"),
}
_LATIN = tuple(
    code for code in LANGUAGES.values()
    if code not in {c for codes in _BY_SCRIPT.values() for c in codes} | {"zh", "ja"}
)  # fmt: skip

_JUDGED = 500
"""Characters of a document that its language is judged by."""

_STOP_WORD, _OTHER_WORD = log(0.25 * 50_000 / 200), log(1 - 0.25)
"""Log-likelihood ratios of a word: a quarter of the words of a running text are stop words, one of
200 that are frequent; all others, as all words of what is no running text, are one of 50,000."""

_OWN_SCRIPT = 20.0
"""Log-likelihood of a script that only one language is written in."""

_OWN_LETTER, _FOREIGN_LETTER = 0.5, -2.0
"""Log-likelihood ratios of a word spelled with letters that not all languages of the script have:
with those of a language, and with others'."""

_ROUNDS = 100


class Decision(NamedTuple):
    """Which language a corpus is in.

    Attributes
    ----------
    code : str
        ISO 639-1, or `UNDETERMINED`.
    share : float or None
        Estimated share of the documents that are in this language; None if it was given.
    how : str
        One line for the user.
    """

    code: str
    share: float | None
    how: str


def decide_language(texts: Sequence[str]) -> Decision:
    """Return the language of most of a sample of documents.

    The documents are a mixture of languages, and of texts in none that is known; the shares are
    those of greatest likelihood. So a headline with a single word that tells something counts by
    what the others make probable of it, and one that tells nothing sways nothing.

    Parameters
    ----------
    texts : sequence of str
        A sample from all over the corpus.
    """
    shares = language_shares(texts)
    unknown = shares.pop(UNDETERMINED, 0.0)
    if not shares or max(shares.values()) < 0.1:
        how = f"no language recognised in {len(texts)} sampled documents: no stop words are removed"
        return Decision(UNDETERMINED, 0.0, how)
    code, *others = sorted(shares, key=lambda c: (-shares[c], c))
    how = f"{language_name(code)} (about {shares[code]:.0%} of {len(texts)} sampled documents"
    how += f"; {unknown:.0%} not recognised)" if unknown >= 0.05 else ")"
    named = [f"{language_name(c)} {shares[c]:.0%}" for c in others[:3] if shares[c] >= 0.05]
    if named and shares[code] < 4 * sum(shares[c] for c in others):
        how += f"; others look like {', '.join(named)}: set --language if this is wrong"
    return Decision(code, shares[code], how)


def language_shares(texts: Sequence[str]) -> dict[str, float]:
    """Return the estimated share of texts in each language; of `UNDETERMINED`, in none.

    Texts without letters are left out; of texts without any the shares are empty.
    """
    signs = [found for text in texts if (found := _signs(text))]
    codes = sorted({code for found in signs for code in found})
    if not codes:
        return {}
    likelihood = np.full((len(signs), len(codes)), -np.inf)
    for row, found in enumerate(signs):
        for code, sign in found.items():
            likelihood[row, codes.index(code)] = sign
    shares = np.round(_mixture(likelihood), 3)
    return {code: float(share) for code, share in zip(codes, shares, strict=True) if share}


def _mixture(log_likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares of greatest likelihood, (n_parts,), by expectation maximisation."""
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))
    shares = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    for _ in range(_ROUNDS):
        weighted = likelihood * shares
        shares = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def _signs(text: str) -> dict[str, float]:
    """Return how likely a document is in each language of its script, as log-likelihood ratios.

    What they are compared with is a text of no known language, whose ratio is 0: names, keywords,
    codes. A running text has stop words, so one without is none, the more so the longer it is.
    """
    text = text[:_JUDGED]
    script, count, kana = _main_script(text)
    if not count:
        return {}
    if script == "CJK":
        return {"ja" if 5 * kana > count - kana else "zh": _OWN_SCRIPT, UNDETERMINED: 0.0}
    codes = _BY_SCRIPT.get(script, _LATIN if script == "LATIN" else ())
    if len(codes) == 1:
        return {codes[0]: _OWN_SCRIPT, UNDETERMINED: 0.0}
    lists = _stop_lists(codes)
    words = _words(text)
    signs = dict.fromkeys(codes, len(words) * _OTHER_WORD)
    for word in words:
        for code in lists.owners.get(word, ()):
            signs[code] += _STOP_WORD - _OTHER_WORD
        if not word.isascii() and (telling := lists.telling.intersection(word)):
            for code in codes:
                own = telling <= lists.letters[code]
                signs[code] += _OWN_LETTER if own else _FOREIGN_LETTER
    return {**signs, UNDETERMINED: 0.0}


def _main_script(text: str) -> tuple[str, int, int]:
    """Return the commonest script, its letters, and how many of them are Japanese kana."""
    letters: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if script := script_of(character):
            letters[script] += count
    kana = letters.pop("HIRAGANA", 0) + letters.pop("KATAKANA", 0)
    letters["CJK"] += kana
    script, count = letters.most_common(1)[0]
    return script, count, kana


class _StopLists(NamedTuple):
    """The stop words of some languages as signs of them.

    Attributes
    ----------
    owners : dict of str to (list of str)
        By word, the languages that have it.
    letters : dict of str to (frozenset of str)
        The letters beyond ASCII that each language's stop words are spelled with.
    telling : frozenset of str
        The letters that some of the languages have and others have not.
    """

    owners: Mapping[str, Sequence[str]]
    letters: Mapping[str, frozenset[str]]
    telling: frozenset[str]


@cache
def _stop_lists(codes: tuple[str, ...]) -> _StopLists:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    letters = {}
    for code in codes:
        words = {part for word in stop_words(code) for part in part_words([word])[0].split()}
        for word in {word.lower() for word in words}:
            owners[word].append(code)
        letters[code] = frozenset(c for word in words for c in word.lower() if _is_beyond(c))
    shared = frozenset.intersection(*letters.values())
    telling = frozenset().union(*letters.values()) - shared
    return _StopLists(owners, letters, telling)


def _is_beyond(character: str) -> bool:
    return character > "\x7f" and character.isalpha()


def looks_spelled(text: str) -> float:
    """Return how much the letters beyond ASCII of a text are those of its language.

    The language is the one that the text has most stop words of; a letter counts by the share of
    that language's stop words that are spelled with it. For telling encodings apart: read in the
    wrong one, French has Czech letters in French words.
    """
    owners = _stop_lists(tuple(LANGUAGES.values())).owners
    total: defaultdict[str, float] = defaultdict(float)
    for word in _words(text):
        for code in owners.get(word, ()):
            total[code] += 1 / len(owners[word])
    if not total:
        return 0.0
    letters = _letters(max(total, key=lambda code: (total[code], code)))
    return sum(letters.get(character, 0.0) for character in text.lower() if character > "\x7f")


def _words(text: str) -> list[str]:
    return [word for word in part_words([text])[0].lower().split() if not word.isdigit()]


@cache
def _letters(code: str) -> dict[str, float]:
    words = stop_words(code)
    counts = Counter(letter for word in words for letter in set(word))
    return {letter: n / len(words) for letter, n in counts.items()}


@lru_cache(maxsize=65_536)
def script_of(character: str) -> str:
    """Return the script of a letter by its Unicode name (``LATIN``, ``CJK``, ...); else ``""``."""
    if not character.isalpha():
        return ""
    return unicodedata.name(character, "").split(" ")[0].split("-")[0]
