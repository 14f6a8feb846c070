"""The words written on charts, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from theta.errors import InvalidOption

_ENGLISH = {
    "probability_in_topic": "Top words: bar = probability of the word in the topic",
    "topic": "Topic",
}

_CHINESE = {
    "probability_in_topic": "主题词：条形长度为词在该主题中的概率",
    "topic": "主题",
}

LABELS: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "zh": _CHINESE}


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
