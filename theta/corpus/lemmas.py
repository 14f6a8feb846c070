"""Words in their dictionary form."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from theta.errors import InvalidOption

_TABLES = {"no": "nb", "hr": "hbs", "sr": "hbs"}
"""What simplemma calls a language where it is not our code."""


@cache
def find_lemmatizer(language: str) -> Callable[[str], str] | None:
    """Return a function from a word to its dictionary form; None if none is known.

    The tables are simplemma's (Barbaresi), which come with the package; words that are not in
    them keep their form unless one of its rules for endings fits.

    Parameters
    ----------
    language : str
        ISO 639-1 code.

    Raises
    ------
    InvalidOption
        If simplemma is not installed.
    """
    try:
        from simplemma import Lemmatizer
        from simplemma.strategies import DefaultStrategy
        from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES
    except ModuleNotFoundError as error:
        raise InvalidOption("--lemmatize needs tables of words: pip install simplemma") from error
    table = _TABLES.get(language, language)
    if table not in SUPPORTED_LANGUAGES:
        return None
    # Its tables take six times the memory and twice the time to load otherwise; words are
    # looked up once each.
    lemmatizer = Lemmatizer(lemmatization_strategy=DefaultStrategy(low_memory=True))

    def lemma(word: str) -> str:
        return lemmatizer.lemmatize(word, table)

    return lemma
