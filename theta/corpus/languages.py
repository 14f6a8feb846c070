"""Languages: their names, their stop words, and which one a corpus is in."""

from __future__ import annotations

import importlib.util
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from theta.errors import InvalidOption, MissingFile

UNDETERMINED = "und"
"""ISO 639's code for a language that was not recognised."""

LANGUAGES = {
    "afrikaans": "af", "arabic": "ar", "armenian": "hy", "basque": "eu", "bengali": "bn",
    "breton": "br", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr",
    "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "esperanto": "eo",
    "estonian": "et", "finnish": "fi", "french": "fr", "galician": "gl", "german": "de",
    "greek": "el", "gujarati": "gu", "hausa": "ha", "hebrew": "he", "hindi": "hi",
    "hungarian": "hu", "indonesian": "id", "irish": "ga", "italian": "it", "japanese": "ja",
    "korean": "ko", "kurdish": "ku", "latin": "la", "latvian": "lv", "lithuanian": "lt",
    "malay": "ms", "marathi": "mr", "norwegian": "no", "persian": "fa", "polish": "pl",
    "portuguese": "pt", "romanian": "ro", "russian": "ru", "sesotho": "st", "slovak": "sk",
    "slovenian": "sl", "somali": "so", "spanish": "es", "swahili": "sw", "swedish": "sv",
    "tagalog": "tl", "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur",
    "vietnamese": "vi", "yoruba": "yo", "zulu": "zu",
}  # fmt: skip
"""ISO 639-1 codes by English name: the languages that stop words are known for."""

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
_CONTENT_WORDS = {
    "de": "gott mann mensch menschen",
    "hi": "घर",
    "it": "citta città consiglio futuro gruppo paese scola",
    "pt": "apoio conselho grupo obra sistema",
    "ru": "вечер вода война голова голос город деньги дом дорога друг душа женщина жизнь земля "
    "книга комната лицо любить люди мать машина мир мира москва народ нога ночь окно отец писать "
    "правда работа работать ребенок россия рука русский свет сила советский стол страна товарищ "
    "улица утро",
}
"""Words that the lists count among the stop words for being frequent, and that are topics."""

_OWN_LETTERS = {"ru": "ыэё", "uk": "іїєґ"}
_LATIN = tuple(
    code for code in LANGUAGES.values()
    if code not in {c for codes in _BY_SCRIPT.values() for c in codes} | {"zh", "ja"}
)  # fmt: skip


def language_code(language: str) -> str:
    """Return the ISO 639-1 code of a language given by English name or code.

    Raises
    ------
    InvalidOption
        If it is not known; lists the names.
    """
    name = language.strip().casefold()
    if name in LANGUAGES:
        return LANGUAGES[name]
    if name in LANGUAGES.values() or name == UNDETERMINED:
        return name
    raise InvalidOption(
        f"--language {language} is not known; take auto, {UNDETERMINED} (no stop words) or one of: "
        f"{', '.join(LANGUAGES)}"
    )


def language_name(code: str) -> str:
    """Return the English name of a language code."""
    names = {code: name for name, code in LANGUAGES.items()}
    return names.get(code, "not recognised")


@cache
def stop_words(code: str) -> frozenset[str]:
    """Return the stop words of a language, as its list writes them.

    The lists are stopwords-iso's, less a few words that are topics (war, Russia and woman in the
    Russian one). Its English list is not used: it has a thousand words more than others, among
    them computer, information, state, research and home. For English they are scikit-learn's 318
    and the contractions of stopwords-iso.
    """
    import stopwordsiso

    if not stopwordsiso.has_lang(code):
        return frozenset()
    words = frozenset(stopwordsiso.stopwords(code))
    if code == "en":
        contractions = {word for word in words if "'" in word}
        fused = {word.replace("'", "") for word in contractions if word.endswith("n't")}
        return _sklearn_stop_words() | contractions | fused
    return words - frozenset(_CONTENT_WORDS.get(code, "").split())


def _sklearn_stop_words() -> frozenset[str]:
    # Importing the package costs seconds; the list is a module of its own that imports nothing.
    package = importlib.util.find_spec("sklearn")
    if package is not None and package.origin is not None:
        path = Path(package.origin).parent / "feature_extraction" / "_stop_words.py"
        spec = importlib.util.spec_from_file_location("_theta_english_stop_words", path)
        if path.is_file() and spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return frozenset(module.ENGLISH_STOP_WORDS)
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return frozenset(ENGLISH_STOP_WORDS)


def read_stop_words(path: Path) -> frozenset[str]:
    """Return the user's stop words: one a line; what follows ``#`` is a comment."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise MissingFile(f"--stopwords {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidOption(f"--stopwords {path} is not UTF-8: {error}") from error
    return frozenset(word for line in lines if (word := line.split("#")[0].strip()))


_JUDGED = 500
"""Characters of a document that its language is judged by."""


class Decision(NamedTuple):
    """Which language a corpus is in.

    Attributes
    ----------
    code : str
        ISO 639-1, or `UNDETERMINED`.
    share : float or None
        Share of the sampled documents that look like this language; None if it was given.
    how : str
        One line for the user.
    """

    code: str
    share: float | None
    how: str


def decide_language(texts: Sequence[str]) -> Decision:
    """Return the language of most of a sample of documents.

    The script decides where it is one language's own. Languages that share a script are told
    apart by their stop words: a token that is one counts for each language that has it, divided
    by the number of languages that have it.

    Parameters
    ----------
    texts : sequence of str
        A sample from all over the corpus.
    """
    votes: Counter[str] = Counter()
    total: defaultdict[str, float] = defaultdict(float)
    for text in texts:
        scores = _scores(text)
        if scores:
            votes[max(scores, key=lambda code: (scores[code], code))] += 1
            for code, score in scores.items():
                total[code] += score
    voters = sum(votes.values())
    if not voters or 10 * voters < len(texts):
        how = f"no language recognised in {len(texts)} sampled documents: no stop words are removed"
        return Decision(UNDETERMINED, 0.0, how)
    code = max(votes, key=lambda c: (votes[c], total[c], c))
    share = votes[code] / voters
    how = f"{language_name(code)} ({share:.0%} of {len(texts)} sampled documents)"
    others = [f"{language_name(c)} {n / voters:.0%}" for c, n in votes.most_common(4) if c != code]
    if share < 0.8 and others:
        how += f"; others look like {', '.join(others)}: set --language if this is wrong"
    return Decision(code, share, how)


def looks_spelled(text: str) -> float:
    """Return how much the letters beyond ASCII of a text are those of its language.

    The language is the one that the text has most stop words of; a letter counts by the share of
    that language's stop words that are spelled with it. For telling encodings apart: read in the
    wrong one, French has Czech letters in French words.
    """
    weights = _stop_word_weights(tuple(LANGUAGES.values()))
    total: defaultdict[str, float] = defaultdict(float)
    for word in _words(text):
        for code, weight in weights.get(word, ()):
            total[code] += weight
    if not total:
        return 0.0
    letters = _letters(max(total, key=lambda code: (total[code], code)))
    return sum(letters.get(character, 0.0) for character in text.lower() if character > "\x7f")


@cache
def _letters(code: str) -> dict[str, float]:
    words = stop_words(code)
    counts = Counter(letter for word in words for letter in set(word))
    return {letter: n / len(words) for letter, n in counts.items()}


def _scores(text: str) -> dict[str, float]:
    """Return how much a document looks like each language of its script."""
    text = text[:_JUDGED]
    letters: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if script := script_of(character):
            letters[script] += count
    if not letters:
        return {}
    han, kana = letters["CJK"], letters["HIRAGANA"] + letters["KATAKANA"]
    script, count = letters.most_common(1)[0]
    if script in ("CJK", "HIRAGANA", "KATAKANA"):
        return {"ja" if 5 * kana > han else "zh": float(han + kana)}
    candidates = _BY_SCRIPT.get(script, _LATIN if script == "LATIN" else ())
    if len(candidates) == 1:
        return {candidates[0]: float(count)}
    weights = _stop_word_weights(candidates)
    scores: defaultdict[str, float] = defaultdict(float)
    for word in _words(text):
        for code, weight in weights.get(word, ()):
            scores[code] += weight
    # The Cyrillic lists share many words; the alphabets differ.
    for code in candidates:
        scores[code] += sum(text.count(letter) for letter in _OWN_LETTERS.get(code, ()))
    return {code: score for code, score in scores.items() if score}


def _words(text: str) -> Iterable[str]:
    letters = (c if c.isalnum() or unicodedata.combining(c) or c == "'" else " " for c in text)
    return "".join(letters).lower().split()


@cache
def _stop_word_weights(codes: tuple[str, ...]) -> dict[str, list[tuple[str, float]]]:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for code in codes:
        for word in stop_words(code):
            owners[word].append(code)
    return {word: [(code, 1 / len(having)) for code in having] for word, having in owners.items()}


@lru_cache(maxsize=65_536)
def script_of(character: str) -> str:
    """Return the script of a letter by its Unicode name (``LATIN``, ``CJK``, ...); else ``""``."""
    if not character.isalpha():
        return ""
    return unicodedata.name(character, "").split(" ")[0].split("-")[0]
