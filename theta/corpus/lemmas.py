"""Dictionary forms of words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from theta.errors import InvalidOption
from theta.libraries import load_library

_TABLES = {"no": "nb", "hr": "hbs", "sr": "hbs"}
"""simplemma's codes of languages that differ from ours."""


@cache
def find_lemmatizer(language: str) -> Callable[[str], str] | None:
    """Return a function that maps a word to its dictionary form; None for unsupported languages.

    It uses the tables in simplemma (Barbaresi). Words outside the tables keep their form unless one
    of its suffix rules applies.

    Parameters
    ----------
    language : str
        ISO 639-1 code.

    Raises
    ------
    InvalidOption
        If simplemma is not installed.
    """
    missing = InvalidOption("--lemmatize needs simplemma: pip install simplemma")
    simplemma = load_library("simplemma", missing)
    strategies = load_library("simplemma.strategies", missing)
    dictionaries = load_library("simplemma.strategies.dictionaries.dictionary_factory", missing)
    table = _TABLES.get(language, language)
    if table not in dictionaries.SUPPORTED_LANGUAGES:
        return None
    # Without low_memory its tables take six times the memory and twice the time to load. Each word
    # is looked up only once, so slower access does not matter.
    strategy = strategies.DefaultStrategy(low_memory=True)
    lemmatizer = simplemma.Lemmatizer(lemmatization_strategy=strategy)

    def lemma(word: str) -> str:
        return str(lemmatizer.lemmatize(word, table))

    return lemma
