"""Texts of charts, pages and coders' files in English and Chinese.

The English sentence is the key, as in gettext: code says it where it is shown, and a language is a
file of translations, by subject. What has no translation is shown in English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import chain
from pathlib import Path

from theta.errors import InvalidOption
from theta.i18n.message import Message, translate

__all__ = ["LANGUAGES", "Message", "page_labels", "translated"]

LANGUAGES = ("en", "zh")

_LABELS = ("page", "coding")
"""Subjects of texts that are not written to the files of a run, and never recognized in them."""


@cache
def _subjects(language: str) -> Mapping[str, Mapping[str, str]]:
    """Return the translations by subject and English text; none for English."""
    if language not in LANGUAGES:
        raise InvalidOption(f"no labels in {language!r}: --language takes {', '.join(LANGUAGES)}")
    if language == "en":
        return {}
    content = Path(__file__).with_name(f"{language}.json").read_text(encoding="utf-8")
    subjects: Mapping[str, Mapping[str, str]] = json.loads(content)
    return subjects


@cache
def _catalogue(language: str) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return the translations by English text, and the texts that files of a run may contain."""
    subjects = _subjects(language)
    written = (texts for subject, texts in subjects.items() if subject not in _LABELS)
    everything = {text: own for texts in subjects.values() for text, own in texts.items()}
    return everything, tuple(chain(*written))


def page_labels(language: str) -> Mapping[str, str]:
    """Return the translations that the page of a run needs, by English text; none for English.

    Raises
    ------
    InvalidOption
        If the language is unknown.
    """
    return _subjects(language).get("page", {})


def translated(language: str, sentence: str) -> str:
    """Return a sentence in a language, or in English if it has no translation.

    Raises
    ------
    InvalidOption
        If the language is unknown.
    """
    return translate(sentence, *_catalogue(language))
