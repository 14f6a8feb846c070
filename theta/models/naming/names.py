"""The name of a topic and where it comes from."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from theta.i18n import Message

FROM_TEXTS = "texts"
"""The name is a phrase that the documents of the topic use and others do not."""

FROM_WORDS = "words"
"""The name lists top words."""

FROM_MODEL = "model"
"""A language model gave the name."""

GIVEN = "given"
"""The user gave the name."""

_LONGEST = 100
"""Most characters of a name that a user gives."""

_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class TopicName:
    """The automatic name of a topic.

    Attributes
    ----------
    name : str
    source : str
        `FROM_TEXTS`, `FROM_WORDS` or `FROM_MODEL`.
    documents, of_documents : int, optional
        How many documents of the topic contain the phrase, of how many.
    other_documents, of_other_documents : int, optional
        How many other documents contain it, of how many.
    """

    name: str
    source: str
    documents: int | None = None
    of_documents: int | None = None
    other_documents: int | None = None
    of_other_documents: int | None = None

    @property
    def reason(self) -> Message:
        """A sentence on where the name comes from."""
        if self.source == FROM_TEXTS:
            return Message(
                "Named by a phrase that {documents:,} of {of_documents:,} documents of the topic "
                "contain, and {other_documents:,} of {of_other_documents:,} others.",
                documents=self.documents,
                of_documents=self.of_documents,
                other_documents=self.other_documents,
                of_other_documents=self.of_other_documents,
            )
        if self.source == FROM_MODEL:
            return Message("Named by a language model, from its top words and typical documents.")
        return Message("Named by its top words: no phrase of the texts sets its documents apart.")

    def to_json(self) -> dict[str, Any]:
        """Return the name, JSON-ready."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> TopicName:
        """Return the name that `to_json` wrote."""
        return cls(**{key: record[key] for key in cls.__dataclass_fields__ if key in record})


def why_not_a_name(name: str) -> str:
    """Return why a user's name for a topic is refused, as in "is empty"; empty if it is not."""
    if not name:
        return "is empty"
    if name.isdecimal():
        return "would be taken for a topic's number"
    if invisible := invisible_characters(name):
        return f"has the character {invisible[0]!r}"
    if len(name) > _LONGEST:
        return f"has {len(name)} characters, more than {_LONGEST}"
    return ""


def invisible_characters(name: str) -> list[str]:
    """Return the characters that a name must not have: control codes, other directions of writing.

    Two of their kind are part of words, in Persian and Hindi for instance.
    """
    return [c for c in name if unicodedata.category(c)[0] == "C" and c not in _JOINERS]
