"""What a user should know of a prepared corpus: what was dropped, and what to try."""

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

_MUCH = 0.05
"""Share of the documents above which dropping them is a warning."""

_MARKUP = frozenset({"nbsp", "amp", "quot", "lt", "gt", "apos", "href", "https", "http", "www"})
"""What is left of HTML and addresses when it is cut into words."""

_REMEDIES = {
    REMOVED_STOP: "--language und (no stop words)",
    REMOVED_NUMBER: "--keep_numbers",
}
"""What keeps words that are removed for some reason."""


def notes_on_dropped(
    status: NDArray[np.int8], n_wordless: int, removed: Mapping[tuple[str, str], int]
) -> list[str]:
    """Return a line if more than a twentieth of the documents were dropped, with the way out.

    Parameters
    ----------
    status : (n_rows,) int8
        `Status` of each row.
    n_wordless : int
        Documents that had no word left even before the vocabulary was chosen.
    removed : mapping of (word, reason) to int
        Occurrences of the words that may not enter a vocabulary.
    """
    counts = {s: int((status == s).sum()) for s in Status if s is not Status.KEPT}
    # Whoever asked for no duplicates expects them to be dropped.
    dropped = sum(counts.values()) - counts[Status.DUPLICATE]
    if dropped <= _MUCH * len(status):
        return []
    reasons = [
        f"{n:,} {s.reason}" for s in (Status.BAD, Status.EMPTY, Status.UNSAVED) if (n := counts[s])
    ]
    advice: list[str] = []
    others = counts[Status.SHORT] - n_wordless
    if n_wordless:
        reasons.append(f"{n_wordless:,} without a word that is counted")
        advice += _remedies(removed)
    if others > 0:
        reasons.append(f"{others:,} with too few words of the vocabulary")
        advice.append("--min_df 1 or a larger --vocab_size (rarer words)")
    if counts[Status.SHORT]:
        advice.append("--min_tokens 0 (documents without words)")
    line = (
        f"{dropped:,} of {len(status):,} documents ({dropped / len(status):.0%}) were dropped: "
        f"{', '.join(reasons)}; ledger.csv lists them"
    )
    return [line + (f". To keep more: {', '.join(advice)}" if advice else "")]


def no_words(removed: Mapping[tuple[str, str], int]) -> InvalidOption:
    """Return the error for documents without any word that may be counted."""
    totals = _by_reason(removed)
    listed = ", ".join(f"{n:,} {_plural(reason)}" for reason, n in totals.most_common())
    line = f"no word is left to count: the documents hold {listed or 'no letters'}"
    remedies = _remedies(removed)
    return InvalidOption(line + (f"; set {' or '.join(remedies)}" if remedies else ""))


def notes_on_markup(frequent: Sequence[Sequence[Any]], settings: CorpusSettings) -> list[str]:
    """Return a line if remains of HTML or addresses are among the most frequent words."""
    found = [word for word, _ in frequent if word in _MARKUP]
    if settings.clean or not found:
        return []
    return [
        f"{', '.join(found)} among the most frequent words: remains of HTML or web addresses, "
        "which --clean removes"
    ]


def _remedies(removed: Mapping[tuple[str, str], int]) -> list[str]:
    totals = _by_reason(removed)
    large = [reason for reason, n in totals.most_common() if n >= sum(totals.values()) / 10]
    return [_REMEDIES[reason] for reason in large if reason in _REMEDIES]


def _by_reason(removed: Mapping[tuple[str, str], int]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (_, reason), n in removed.items():
        totals[reason] += n
    return totals


def _plural(reason: str) -> str:
    return {REMOVED_SHORT: "words of one or two letters"}.get(reason, f"{reason}s")
