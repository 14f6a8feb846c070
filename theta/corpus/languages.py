"""Languages: their names and their stop words."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

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
