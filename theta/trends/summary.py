"""Sentences on topics over time: what rises, falls and changes, and how that was estimated."""

from __future__ import annotations

from collections.abc import Sequence

from theta.effects.summary import draws_text, note_sentences, p_text, points_text
from theta.trends.results import CLEAR, Change, Trends
from theta.trends.words import MIN_DOCS

_SHOWN = 6


def method(trends: Trends) -> str:
    """Return in one paragraph how the trends were estimated."""
    drawn = (
        f"the uncertainty of the shares ({draws_text(trends.n_draws, trends.posterior)})"
        if trends.n_draws > 1
        else "not the uncertainty of the shares, which are taken as known"
    )
    words = (
        f"Words by {trends.unit} are estimated from the documents of the {trends.unit} with at "
        f"least one token of the topic, if there are {MIN_DOCS} or more."
        if trends.words_from == "documents"
        else "Words by period are the model's own."
    )
    return (
        f"Mean topic shares by {trends.unit} with 95 % intervals, which hold the sampling of "
        f"documents and {drawn}. Curves: Whittaker's smoother, its smoothness by restricted "
        "maximum likelihood. Trends: a straight line by least squares, errors HC3. Change points: "
        "exact segmentation, tested against no change (F, Bonferroni over places) and compared "
        "with the curve (BIC). p adjusted for the topics (Benjamini–Hochberg). "
        f"{words}"
    )


def notes(trends: Trends) -> list[str]:
    """Return what was left out, as sentences."""
    found = note_sentences(trends.notes)
    if trends.n_undated:
        total = trends.n_undated + sum(trends.counts)
        found.append(f"{trends.n_undated:,} of {total:,} documents have no date and are left out.")
    return found


def clear_topics(trends: Trends) -> list[int]:
    """Return the topics whose share clearly rises or falls, the largest change first."""
    clear = [topic for topic, line in enumerate(trends.lines) if line.p_bh <= CLEAR]
    return sorted(clear, key=lambda topic: -abs(trends.lines[topic].change))


def summary(trends: Trends, names: Sequence[str]) -> list[str]:
    """Return the clear trends and changes, one line each.

    Parameters
    ----------
    trends : Trends
    names : sequence of str
        Of the topics.
    """
    span = f"from {trends.first} to {trends.last}"
    clear = clear_topics(trends)
    how = "adjusted for the topics by Benjamini–Hochberg"
    if clear:
        lines = [f"Topics whose share rises or falls {span} (p {how}):"]
        lines += [f"  {names[topic]}: {line_text(trends, topic)}" for topic in clear[:_SHOWN]]
        if len(clear) > _SHOWN:
            lines.append(f"  and {len(clear) - _SHOWN} more")
    else:
        lines = [f"No topic clearly rises or falls {span} (p above .05, {how})."]
    if trends.changes:
        lines.append(f"Change points of topics by {trends.unit}:")
        lines += [f"  {names[one.topic]}: {change_text(one)}" for one in trends.changes[:_SHOWN]]
        if len(trends.changes) > _SHOWN:
            lines.append(f"  and {len(trends.changes) - _SHOWN} more")
    elif trends.changes is not None:
        lines.append(f"No change points by {trends.unit}.")
    return lines


def line_text(trends: Trends, topic: int) -> str:
    """Return the straight trend of a topic in words."""
    line = trends.lines[topic]
    direction = "up" if line.change > 0 else "down"
    size = points_text(line.change, line.low, line.high, line.p_bh, f"a {trends.per}")
    return f"{direction} {size}"


def change_text(change: Change) -> str:
    """Return a change point in words."""
    return (
        f"{100 * change.before:.3g} % before {change.begin}, {100 * change.after:.3g} % from then "
        f"(p {p_text(change.p_bh)})"
    )
