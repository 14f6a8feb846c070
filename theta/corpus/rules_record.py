"""The rules for the words of a corpus, as recorded in JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from theta.corpus.languages import DENSE_LANGUAGES
from theta.corpus.phrases import Pair
from theta.corpus.segmenters import SPACES
from theta.corpus.tokenize import TokenRules
from theta.storage import Damaged

RULES = 3
"""Version of the rules that make a corpus from data and settings; corpora of others are stale."""


def word_rules_record(
    words: Sequence[TokenRules], phrases: Sequence[Pair], boilerplate: Collection[int]
) -> dict[str, list[Any]]:
    """Return the JSON record of a corpus' rules for words.

    Parameters
    ----------
    words : sequence of TokenRules
    phrases : sequence of (str, str)
    boilerplate : collection of int
        Hashes of the pieces that are taken out of texts.
    """
    return {
        "words": [
            {
                "language": rules.language,
                "segmenter": rules.segmenter,
                "stop_words": sorted(rules.stop_words),
            }
            for rules in words
        ],
        "phrases": [list(pair) for pair in phrases],
        # As text: readers of JSON in other languages have no integers of 64 bits.
        "boilerplate": [f"{number:016x}" for number in sorted(boilerplate)],
    }


def read_token_rules(entry: Mapping[str, Any], settings: Mapping[str, Any]) -> TokenRules:
    """Return the rules of one language from an entry of `word_rules_record`.

    Raises
    ------
    Damaged
        If `entry` has another form.
    """
    if not isinstance(entry, dict) or entry.keys() != {"language", "segmenter", "stop_words"}:
        raise Damaged("words is not a list of languages with their segmenter and stop words")
    if not are_words(entry["stop_words"]):
        raise Damaged("stop_words is not a list of distinct words")
    return TokenRules(
        language=str(entry["language"]),
        stop_words=frozenset(entry["stop_words"]),
        lowercase=settings["lowercase"],
        keep_numbers=settings["keep_numbers"],
        lemmatize=settings.get("lemmatize", False),
        segmenter=str(entry["segmenter"]),
    )


def read_pair(entry: Any) -> Pair:
    """Return a phrase from an entry of `word_rules_record`.

    Raises
    ------
    Damaged
        If it is not a pair of words.
    """
    is_pair = isinstance(entry, list) and len(entry) == 2
    if not is_pair or not all(isinstance(word, str) and word for word in entry):
        raise Damaged("phrases is not a list of pairs of words")
    first, second = entry
    return first, second


def read_hashes(entries: Any) -> frozenset[int]:
    """Return the boilerplate from the entries of `word_rules_record`.

    Raises
    ------
    Damaged
        If they are no hashes.
    """
    is_text = isinstance(entries, list) and all(isinstance(entry, str) for entry in entries)
    if not is_text or not all(re.fullmatch("[0-9a-f]{16}", entry) for entry in entries):
        raise Damaged("boilerplate is not a list of hashes")
    return frozenset(int(entry, 16) for entry in entries)


def upgraded(record: Any) -> Any:
    """Return rules of version 2 as rules of this version, if both find the same words.

    Earlier records of this version have no boilerplate.

    Version 2 had one language, no phrases, and segmenters for Chinese, Japanese, Korean and Thai
    only, for which it did not record the stop words it added.
    """
    if isinstance(record, dict):
        record = {"boilerplate": [], **record}
    if not isinstance(record, dict) or record.get("version") != 2:
        return record
    if not {"language", "stop_words"} <= record.keys() or record["language"] in DENSE_LANGUAGES:
        return record
    rest = {name: v for name, v in record.items() if name not in ("language", "stop_words")}
    words = {
        "language": record["language"],
        "segmenter": SPACES,
        "stop_words": record["stop_words"],
    }
    return {**rest, "version": RULES, "words": [words], "phrases": []}


def are_words(value: Any) -> bool:
    """Return whether a JSON value is a list of distinct words."""
    is_list = isinstance(value, list) and all(isinstance(word, str) and word for word in value)
    return is_list and len(set(value)) == len(value)
