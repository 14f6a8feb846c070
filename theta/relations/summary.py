"""Sentences on how topics correlate."""

from __future__ import annotations

from collections.abc import Sequence

from theta.effects.summary import draws_text, note_sentences, p_text
from theta.relations.analysis import Pair, Relations

_SHOWN = 5


def method(relations: Relations) -> str:
    """Return in one paragraph how the relations were estimated."""
    drawn = draws_text(relations.n_draws, relations.posterior)
    return (
        "Correlations of the log amounts of two topics in a document, without the negative "
        "correlation that comes from shares adding up to one: from the variances of log ratios, "
        "if a topic's covariance with the others is zero on average (SparCC's first "
        "approximation), with a tenth of a topic's mean share added to its shares. "
        f"{relations.n_docs:,} documents; {drawn}; intervals by a jackknife over groups of "
        "documents. Only correlations whose p, adjusted for the pairs "
        "(Benjamini–Hochberg), is .05 or less are drawn; their 95 % intervals exclude 0."
    )


def notes(relations: Relations) -> list[str]:
    """Return what was left out, as sentences."""
    return note_sentences(relations.notes)


def summary(relations: Relations, names: Sequence[str]) -> list[str]:
    """Return the strongest clear correlations, one line each.

    Parameters
    ----------
    relations : Relations
    names : sequence of str
        Of the topics.
    """
    if relations.pairs is None:
        return []
    clear = relations.clear
    if not clear:
        return ["No two topics clearly occur together, or avoid each other."]
    lines = []
    for heading, own in (
        ("Topics that occur together", [pair for pair in clear if pair.correlation > 0]),
        ("Topics that avoid each other", [pair for pair in clear if pair.correlation < 0]),
    ):
        if own:
            lines.append(f"{heading} (correlation, with its 95 % interval):")
            lines += [
                f"  {names[pair.first]} – {names[pair.second]}: {pair_text(pair)}"
                for pair in own[:_SHOWN]
            ]
        if len(own) > _SHOWN:
            lines.append(f"  and {len(own) - _SHOWN} more")
    return lines


def pair_text(pair: Pair) -> str:
    """Return a correlation in words."""
    return f"{pair.correlation:.2f} ({pair.low:.2f} to {pair.high:.2f}; p {p_text(pair.p_bh)})"
