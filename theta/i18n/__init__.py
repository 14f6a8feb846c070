"""Texts of charts and pages in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from theta.errors import InvalidOption
from theta.i18n import chinese
from theta.i18n.english import ENGLISH
from theta.i18n.message import Message, translate

__all__ = ["LABELS", "Message", "labels_in", "translated"]

LABELS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": {**ENGLISH, **chinese.LABELS}}
"""All labels by language and name; values replace the names in braces."""

_SENTENCES: Mapping[str, Mapping[str, str]] = {"en": {}, "zh": chinese.SENTENCES}


def labels_in(language: str) -> Mapping[str, str]:
    """Return the labels of one language.

    Raises
    ------
    InvalidOption
        If the language has no labels.
    """
    if language not in LABELS:
        raise InvalidOption(f"no labels in {language!r}: --language takes {', '.join(LABELS)}")
    return LABELS[language]


def translated(language: str, sentence: str) -> str:
    """Return a sentence in a language, or in English if it has no translation.

    Raises
    ------
    InvalidOption
        If the language has no labels.
    """
    labels_in(language)
    return translate(sentence, _SENTENCES[language])
