"""Which language texts are in: by their script, and by a classifier where languages share it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.corpus.languages import LANGUAGES, UNDETERMINED, language_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BY_SCRIPT = {
    "ARABIC": ("ar", "fa", "ur", "ku", "ps", "ug"),
    "ARMENIAN": ("hy",),
    "BENGALI": ("bn", "as"),
    "CYRILLIC": ("ru", "uk", "bg", "be", "kk", "ky", "mk", "mn", "sr", "tg", "tt"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "ETHIOPIC": ("am",),
    "GEORGIAN": ("ka",),
    "GREEK": ("el",),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("he",),
    "KANNADA": ("kn",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MALAYALAM": ("ml",),
    "MYANMAR": ("my",),
    "ORIYA": ("or",),
    "SINHALA": ("si",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAI": ("th",),
    "TIBETAN": ("bo",),
}
_ALSO_LATIN = {"ku", "sr"}
_LATIN = tuple(
    code for code in LANGUAGES.values()
    if code in _ALSO_LATIN
    or code not in {c for codes in _BY_SCRIPT.values() for c in codes} | {"zh", "ja"}
)  # fmt: skip

_VARIETIES = {"nn": "no", "bs": "hr"}
"""Labels of the classifier that are counted as a close variety, whose stop words serve both."""

_JUDGED = 500
"""Characters of a document that its language is judged by."""

_JUDGED_TOGETHER = 4_000
"""Characters that a language must prove itself by."""

_DENSE_SCRIPTS = frozenset({"CJK", "HANGUL", "THAI", "KHMER", "LAO", "MYANMAR"})
_DENSITY = 3
"""A letter of these scripts counts as several Latin ones: it says as much."""

_CERTAIN = 0.8
"""Least probability of a language given all distinct texts that look like it, taken together."""

_FEWEST_LETTERS = 20
"""Fewer letters say nothing of a language that shares its script with others."""

_LETTERS_WITHOUT_KANA = 3
"""Characters without kana that halve the odds of Japanese against Chinese."""

_MAIN_SHARE = 0.1
"""Least share of the documents that the main language has."""

_MINOR_SHARE, _MINOR_CERTAIN, _MINOR_TEXTS = 0.05, 0.95, 3
"""What a second language of a corpus needs: a share of the documents, a probability, and texts."""

_ROUNDS = 100


class Decision(NamedTuple):
    """Which languages a corpus is in.

    Attributes
    ----------
    code : str
        ISO 639-1 code of the most frequent one, or `UNDETERMINED`.
    share : float or None
        Estimated share of the documents that are in this language; None if it was given.
    how : str
        One line for the user.
    languages : tuple of str
        All languages that documents are treated by, the most frequent first; never empty.
    warning : str
        What the user must know, or "".
    shares : mapping of str to float
        Estimated share of each language that was recognised.
    """

    code: str
    share: float | None
    how: str
    languages: tuple[str, ...]
    warning: str = ""
    shares: Mapping[str, float] = MappingProxyType({})


def decide_language(texts: Sequence[str]) -> Decision:
    """Return the languages of a sample of documents.

    The documents are taken as a mixture of languages; the shares are those of greatest
    likelihood, so that a short text that could be in several languages counts by what the others
    make probable. A language is accepted if all distinct texts that look like it, taken together,
    make it certain enough: the same word a hundred times is no more evidence than once.

    Parameters
    ----------
    texts : sequence of str
        A sample from all over the corpus.
    """
    shares = accepted_languages(texts)
    if not shares:
        how = f"not recognised: {len(texts)} sampled documents say too little"
        warning = f"the language was {how}; no stop words are removed: name it with --language"
        return Decision(UNDETERMINED, 0.0, how, (UNDETERMINED,), warning)
    code, *others = shares
    unknown = 1 - sum(shares.values())
    how = f"{language_name(code)} (about {shares[code]:.0%} of {len(texts)} sampled documents"
    how += f"; {unknown:.0%} other or not recognised)" if unknown >= 0.05 else ")"
    warning = ""
    if others:
        listed = ", ".join(f"{language_name(c)} {share:.0%}" for c, share in shares.items())
        warning = (
            f"the documents are in several languages ({listed}): each is read with the stop words "
            "and the segmenter of its own; topics will follow the languages, so consider a data "
            "set for each. --language NAME reads all as one language"
        )
    return Decision(code, shares[code], how, tuple(shares), warning, shares)


def accepted_languages(texts: Sequence[str]) -> dict[str, float]:
    """Return the estimated shares of the languages that texts are certain to be in.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    dict of str to float
        The largest share first. Shares are of the texts that have letters; what is missing from
        1 is in no language that is certain. Empty if none is.
    """
    judged = [(text, found) for text in texts if (found := language_probabilities(text))]
    codes = sorted({code for _, found in judged for code in found})
    if not codes:
        return {}
    places = {code: place for place, code in enumerate(codes)}
    likelihood = np.zeros((len(judged), len(codes)))
    for row, (_, found) in enumerate(judged):
        for code, probability in found.items():
            likelihood[row, places[code]] = probability
    shares = _mixture(likelihood)
    assigned = np.argmax(likelihood * shares, axis=1)
    accepted: dict[str, float] = {}
    for place in np.argsort(-shares, kind="stable").tolist():
        own = [judged[row][0] for row in np.flatnonzero(assigned == place).tolist()]
        minor = bool(accepted)
        if shares[place] < (_MINOR_SHARE if minor else _MAIN_SHARE):
            break
        if minor and len(own) < _MINOR_TEXTS:
            continue
        if _probability_together(own, codes[place]) >= (_MINOR_CERTAIN if minor else _CERTAIN):
            accepted[codes[place]] = round(float(shares[place]), 3)
    return accepted


def _mixture(likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the shares of greatest likelihood, (n_parts,), by expectation maximisation."""
    shares = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    for _ in range(_ROUNDS):
        weighted = likelihood * shares
        shares = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def _probability_together(texts: Iterable[str], code: str) -> float:
    pieces, length = [], 0
    for text in dict.fromkeys(texts):
        if length >= _JUDGED_TOGETHER:
            break
        pieces.append(text[:_JUDGED])
        length += len(pieces[-1])
    return _probabilities("\n".join(pieces), _FEWEST_LETTERS).get(code, 0.0)


def language_probabilities(text: str) -> dict[str, float]:
    """Return how probable each language of a text's main script is, all else being equal.

    Empty if the text has no letters of a known script.
    """
    return _probabilities(text[:_JUDGED], 1)


def _probabilities(text: str, fewest_letters: int) -> dict[str, float]:
    script, count, kana = _main_script(text)
    if not count:
        return {}
    if script == "CJK":
        return _chinese_or_japanese(count, kana)
    codes = _BY_SCRIPT.get(script, _LATIN if script == "LATIN" else ())
    if len(codes) == 1:
        return {codes[0]: 1.0}
    if count < fewest_letters:
        return {}
    found = dict.fromkeys(codes, 0.0)
    for label, probability in _classifier().rank(text):
        code = _VARIETIES.get(label, label)
        if code in found:
            found[code] += probability
    total = sum(found.values())
    return {code: probability / total for code, probability in found.items() if probability}


def _chinese_or_japanese(count: int, kana: int) -> dict[str, float]:
    if 5 * kana > count - kana:
        return {"ja": 1.0}
    # Japanese titles can do without kana, sentences cannot; Chinese ones borrow some for effect.
    japanese = 0.5 if kana else 0.5 ** (count / _LETTERS_WITHOUT_KANA)
    return {"zh": 1 / (1 + japanese), "ja": japanese / (1 + japanese)}


@cache
def _classifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_among(text: str, languages: Sequence[str]) -> str:
    """Return which of some languages a text is in; the first if nothing tells.

    Parameters
    ----------
    text : str
    languages : sequence of str
        At least one.
    """
    found = language_probabilities(text)
    return max(languages, key=lambda code: found.get(code, 0.0))


def _main_script(text: str) -> tuple[str, int, int]:
    """Return the commonest script, its letters, and how many of them are Japanese kana."""
    letters: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if script := script_of(character):
            letters[script] += count
    kana = letters.pop("HIRAGANA", 0) + letters.pop("KATAKANA", 0)
    letters["CJK"] += kana
    weights = {s: n * (_DENSITY if s in _DENSE_SCRIPTS else 1) for s, n in letters.items()}
    script = max(weights, key=weights.__getitem__)
    return script, letters[script], kana


@lru_cache(maxsize=65_536)
def script_of(character: str) -> str:
    """Return the script of a letter by its Unicode name (``LATIN``, ``CJK``, ...); else ``""``."""
    if not character.isalpha():
        return ""
    return unicodedata.name(character, "").split(" ")[0].split("-")[0]
