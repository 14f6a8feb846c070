"""Whether two words are forms of one word."""

from __future__ import annotations

_STEM = 5
"""Words that begin with this many common letters count as forms of one word."""


def are_forms(first: str, second: str) -> bool:
    """Return whether two words look like forms of one word, or one contains the other.

    Such a word is no intruder: *christian* among *christians, church, ...* belongs.
    """
    a, b = first.casefold(), second.casefold()
    if min(len(a), len(b)) >= 2 and (a in b or b in a):
        return True
    return len(a) >= _STEM and a[:_STEM] == b[:_STEM]
