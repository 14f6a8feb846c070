"""Language recognition: by script, and by a classifier among languages that share a script."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.corpus.languages import LANGUAGES, UNDETERMINED, language_name

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
"""Classifier labels mapped to a close variety whose stop words suit both."""

_READ_PER_TEXT = 500
"""Number of characters of a document from which its language is determined."""

_READ_TOGETHER = 4_000
"""Number of characters, over all texts, from which a language is confirmed."""

_DENSE_SCRIPTS = frozenset({"CJK", "HANGUL", "THAI", "KHMER", "LAO", "MYANMAR"})
_DENSITY = 3
"""A letter of these scripts counts as this many Latin letters, since it carries more meaning."""

_CERTAIN = 0.8
"""Least probability of a language, given all distinct texts assigned to it together."""

_FEWEST_LETTERS = 20
"""Fewest letters for distinguishing languages that share a script."""

_LETTERS_WITHOUT_KANA = 3
"""Number of characters without kana that halves the odds of Japanese against Chinese."""

_MAIN_SHARE = 0.1
"""Least share of the documents in the main language."""

_MINOR_SHARE, _MINOR_CERTAIN, _MINOR_TEXTS = 0.05, 0.95, 3
"""Least share of the documents, probability and number of texts of a further language."""

_ROUNDS = 100


class Decision(NamedTuple):
    """The languages of a corpus.

    Attributes
    ----------
    code : str
        ISO 639-1 code of the most frequent one, or `UNDETERMINED`.
    share : float or None
        Estimated share of the documents in this language; None if the user named it.
    how : str
        One line for the user.
    languages : tuple of str
        All languages that documents are read in, the most frequent first; never empty.
    warning : str
        A warning for the user, or "".
    shares : mapping of str to float
        Estimated share of each recognized language.
    """

    code: str
    share: float | None
    how: str
    languages: tuple[str, ...]
    warning: str = ""
    shares: Mapping[str, float] = MappingProxyType({})


def decide_language(texts: Sequence[str]) -> Decision:
    """Return the languages of a sample of documents.

    The documents are modelled as a mixture of languages, whose shares are estimated by maximum
    likelihood, so an ambiguous short text counts towards the languages that the other texts make
    probable. A language is accepted if all distinct texts assigned to it are together probable
    enough; repeated texts add no evidence.

    Parameters
    ----------
    texts : sequence of str
        A sample from the whole corpus.
    """
    shares = accepted_languages(texts)
    if not shares:
        how = f"not recognized: {len(texts)} sampled documents are not enough"
        warning = f"the language was {how}; no stop words are removed; name it with --language"
        return Decision(UNDETERMINED, 0.0, how, (UNDETERMINED,), warning)
    code, *others = shares
    unknown = 1 - sum(shares.values())
    how = f"{language_name(code)} (about {shares[code]:.0%} of {len(texts)} sampled documents"
    how += f"; {unknown:.0%} other or not recognized)" if unknown >= 0.05 else ")"
    warning = ""
    if others:
        listed = ", ".join(f"{language_name(c)} {share:.0%}" for c, share in shares.items())
        warning = (
            f"the documents are in several languages ({listed}): each is read with its own stop "
            "words and segmenter. Topics will follow the languages, so consider one data set per "
            "language. --language NAME reads all documents as one language"
        )
    return Decision(code, shares[code], how, tuple(shares), warning, shares)


def accepted_languages(texts: Sequence[str]) -> dict[str, float]:
    """Return the estimated shares of the languages that are certain enough.

    Parameters
    ----------
    texts : sequence of str

    Returns
    -------
    dict of str to float
        The largest share first. Shares are of the texts that have letters; they add up to less
        than 1 if some texts are in no certain language. Empty if there is no certain language.
    """
    scored = [(text, scores) for text in texts if (scores := language_probabilities(text))]
    codes = sorted({code for _, scores in scored for code in scores})
    if not codes:
        return {}
    columns = {code: column for column, code in enumerate(codes)}
    likelihood = np.zeros((len(scored), len(codes)))
    for row, (_, scores) in enumerate(scored):
        for code, probability in scores.items():
            likelihood[row, columns[code]] = probability
    shares = _mixture(likelihood)
    assigned = np.argmax(likelihood * shares, axis=1)
    accepted: dict[str, float] = {}
    for column in np.argsort(-shares, kind="stable").tolist():
        own = [scored[row][0] for row in np.flatnonzero(assigned == column).tolist()]
        minor = bool(accepted)
        if shares[column] < (_MINOR_SHARE if minor else _MAIN_SHARE):
            break
        if minor and len(own) < _MINOR_TEXTS:
            continue
        if _probability_together(own, codes[column]) >= (_MINOR_CERTAIN if minor else _CERTAIN):
            accepted[codes[column]] = round(float(shares[column]), 3)
    return accepted


def _mixture(likelihood: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return maximum-likelihood shares, (n_parts,), by expectation maximization."""
    shares = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    for _ in range(_ROUNDS):
        weighted = likelihood * shares
        shares = (weighted / weighted.sum(axis=1, keepdims=True)).mean(axis=0)
    return shares


def _probability_together(texts: Iterable[str], code: str) -> float:
    pieces, length = [], 0
    for text in dict.fromkeys(texts):
        if length >= _READ_TOGETHER:
            break
        pieces.append(text[:_READ_PER_TEXT])
        length += len(pieces[-1])
    return _probabilities("\n".join(pieces), _FEWEST_LETTERS).get(code, 0.0)


def language_probabilities(text: str) -> dict[str, float]:
    """Return the probability of each language of a text's main script, under equal priors.

    Empty if the text has no letters of a known script.
    """
    return _probabilities(text[:_READ_PER_TEXT], 1)


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
    scores = dict.fromkeys(codes, 0.0)
    for label, probability in _classifier().rank(text):
        code = _VARIETIES.get(label, label)
        if code in scores:
            scores[code] += probability
    total = sum(scores.values())
    return {code: score / total for code, score in scores.items() if score}


def _chinese_or_japanese(count: int, kana: int) -> dict[str, float]:
    if 5 * kana > count - kana:
        return {"ja": 1.0}
    # Japanese titles may have no kana, but sentences do; Chinese titles borrow some for effect.
    japanese = 0.5 if kana else 0.5 ** (count / _LETTERS_WITHOUT_KANA)
    return {"zh": 1 / (1 + japanese), "ja": japanese / (1 + japanese)}


@cache
def _classifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_among(text: str, languages: Sequence[str]) -> str:
    """Return the most probable of some languages of a text; the first if none is probable.

    Parameters
    ----------
    text : str
    languages : sequence of str
        At least one.
    """
    scores = language_probabilities(text)
    return max(languages, key=lambda code: scores.get(code, 0.0))


def _main_script(text: str) -> tuple[str, int, int]:
    """Return the most common script, its number of letters, and the number of Japanese kana."""
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
