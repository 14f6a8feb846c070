"""Notes for the user on a prepared corpus: what was dropped, and which options keep it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from theta.corpus.documents import Status
from theta.corpus.settings import CorpusSettings
from theta.corpus.tokenize import REMOVED_NUMBER, REMOVED_SHORT, REMOVED_STOP
from theta.errors import InvalidOption

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAX_DROPPED = 0.05
"""Share of dropped documents above which there is a warning."""

_MARKUP = frozenset({"nbsp", "amp", "quot", "lt", "gt", "apos", "href", "https", "http", "www"})
"""Words that come from HTML and web addresses."""

_FIXES = {
    REMOVED_STOP: "--language und (no stop words)",
    REMOVED_NUMBER: "--keep_numbers",
}
"""Options that keep words, by the reason for their removal."""


def notes_on_dropped(
    status: NDArray[np.int8], n_wordless: int, removed: Mapping[tuple[str, str], int]
) -> list[str]:
    """Return a note if more than a twentieth of the documents were dropped, with options to try.

    Parameters
    ----------
    status : (n_rows,) int8
        `Status` of each row.
    n_wordless : int
        Documents without any word even before the vocabulary was selected.
    removed : mapping of (word, reason) to int
        Number of occurrences of removed words.
    """
    counts = {s: int((status == s).sum()) for s in Status if s is not Status.KEPT}
    # Users who drop duplicates expect it.
    expected = counts[Status.DUPLICATE] + counts[Status.NEAR_DUPLICATE]
    dropped = sum(counts.values()) - expected
    if dropped <= _MAX_DROPPED * len(status):
        return []
    reasons = [
        f"{n:,} {s.reason}" for s in (Status.BAD, Status.EMPTY, Status.UNSAVED) if (n := counts[s])
    ]
    advice: list[str] = []
    others = counts[Status.SHORT] - n_wordless
    if n_wordless:
        reasons.append(f"{n_wordless:,} without a countable word")
        advice += _fixes(removed)
    if others > 0:
        reasons.append(f"{others:,} with too few words of the vocabulary")
        advice.append("--min_df 1 or a larger --vocab_size (rarer words)")
    if counts[Status.SHORT]:
        advice.append("--min_tokens 0 (documents without words)")
    line = (
        f"{dropped:,} of {len(status):,} documents ({dropped / len(status):.0%}) were dropped: "
        f"{', '.join(reasons)}; the ledger lists them"
    )
    return [line + (f". To keep more: {', '.join(advice)}" if advice else "")]


def no_words(removed: Mapping[tuple[str, str], int]) -> InvalidOption:
    """Return the error for documents without any countable word."""
    totals = _by_reason(removed)
    listed = ", ".join(f"{n:,} {_plural(reason)}" for reason, n in totals.most_common())
    line = f"no word is left to count: the documents contain {listed or 'no letters'}"
    fixes = _fixes(removed)
    return InvalidOption(line + (f"; set {' or '.join(fixes)}" if fixes else ""))


def notes_on_markup(frequent: Sequence[Sequence[Any]], settings: CorpusSettings) -> list[str]:
    """Return a note if remains of HTML or addresses are among the most frequent words."""
    markup = [word for word, _ in frequent if word in _MARKUP]
    if settings.clean or not markup:
        return []
    return [
        f"{', '.join(markup)} among the most frequent words: remains of HTML or web addresses, "
        "which --clean removes"
    ]


def _fixes(removed: Mapping[tuple[str, str], int]) -> list[str]:
    totals = _by_reason(removed)
    large = [reason for reason, n in totals.most_common() if n >= sum(totals.values()) / 10]
    return [_FIXES[reason] for reason in large if reason in _FIXES]


def _by_reason(removed: Mapping[tuple[str, str], int]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (_, reason), n in removed.items():
        totals[reason] += n
    return totals


def _plural(reason: str) -> str:
    return {REMOVED_SHORT: "words of one or two letters"}.get(reason, f"{reason}s")
