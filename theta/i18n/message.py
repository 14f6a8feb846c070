"""Sentences written in English that can be translated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any


class Message(str):
    """An English sentence that remembers its template and values.

    The template is the key under which a language has its translation.

    Parameters
    ----------
    template : str
        English, with the names of values in braces.
    **values
        Numbers, names, or parts of the sentence, which are translated too.

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


def translate(sentence: str, catalogue: Mapping[str, str], written: Collection[str]) -> str:
    """Return the translation of a sentence, or the sentence if the catalogue lacks it.

    Parameters
    ----------
    sentence : str
        A `Message`, or its text, as the files of a run contain it.
    catalogue : mapping of str to str
        Translated templates by English template.
    written : collection of str
        Templates of texts in the files of a run. If several match a text, the first one counts, so
        composite ones come first.
    """
    if sentence in catalogue:
        return catalogue[sentence]
    if not isinstance(sentence, Message):
        sentence = _recognized(sentence, written)
    if not isinstance(sentence, Message) or sentence.template not in catalogue:
        return str(sentence)
    values = {
        name: translate(value, catalogue, written) if isinstance(value, str) else value
        for name, value in sentence.values.items()
    }
    return catalogue[sentence.template].format(**values)


def _recognized(text: str, templates: Iterable[str]) -> str:
    """Return the message with this text, or the text if no template matches."""
    for template in templates:
        if "{" in template and (match := _pattern(template).fullmatch(text)):
            return Message(template, **match.groupdict())
    return text


_COUNT = r"\d+"
"""Pattern of a value whose name begins with n_ or num_."""


def _pattern(template: str) -> re.Pattern[str]:
    """Return a pattern that matches the texts of a template."""
    seen: set[str] = set()

    def group(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_COUNT if name.startswith(('n_', 'num_')) else '.+?'})"

    return re.compile(re.sub(r"\\\{(\w+)\\\}", group, re.escape(template)))
