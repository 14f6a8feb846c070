"""Sentences that the program writes in English and every other language can say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


class Message(str):
    """An English sentence that remembers its template and values.

    The template is the key under which a language has its translation.

    Parameters
    ----------
    template : str
        English, with the names of values in braces.
    **values
        Numbers, names, or parts of a sentence that are translated themselves.

    Examples
    --------
    >>> Message("accuracy of {how}", how="guessing")
    'accuracy of guessing'
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, **values: Any) -> Message:
        """Fill in the template."""
        message = super().__new__(cls, template.format(**values))
        message.template, message.values = template, values
        return message


def translate(sentence: str, catalogue: Mapping[str, str]) -> str:
    """Return a sentence in another language; what its catalogue lacks stays English.

    Parameters
    ----------
    sentence : str
        A `Message`, or the text of one, as a run's files have it.
    catalogue : mapping of str to str
        Templates by their English template. Where several fit a text, the first one counts.
    """
    if not isinstance(sentence, Message):
        sentence = _recognized(sentence, catalogue)
    if not isinstance(sentence, Message):
        return catalogue.get(sentence, sentence)
    if sentence.template not in catalogue:
        return str(sentence)
    values = {
        name: translate(value, catalogue) if isinstance(value, str) else value
        for name, value in sentence.values.items()
    }
    return catalogue[sentence.template].format(**values)


def _recognized(text: str, catalogue: Mapping[str, str]) -> str:
    """Return the message that a text was made of, or the text where the catalogue has none."""
    for template in catalogue:
        if "{" in template and (found := _pattern(template).fullmatch(text)):
            return Message(template, **found.groupdict())
    return text


_COUNT = r"\d+"
"""What a value whose name begins with n_ or num_ looks like."""


def _pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of all texts that a template makes."""
    seen: set[str] = set()

    def place(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_COUNT if name.startswith(('n_', 'num_')) else '.+?'})"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", place, re.escape(template)))
