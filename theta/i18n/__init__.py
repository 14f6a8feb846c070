"""The words that people read on charts and pages, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from theta.errors import InvalidOption
from theta.i18n.chinese import CHINESE
from theta.i18n.english import ENGLISH

LABELS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "zh": CHINESE}
"""All labels by language and name; names in braces are filled in where they are used."""


def labels_in(language: str) -> Mapping[str, str]:
    """Return the labels of one language.

    Raises
    ------
    InvalidOption
        If there are none.
    """
    if language not in LABELS:
        raise InvalidOption(f"no labels in {language!r}: --language takes {', '.join(LABELS)}")
    return LABELS[language]
