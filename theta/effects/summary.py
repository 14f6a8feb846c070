"""Sentences on effects: the clearest ones, and how they were estimated."""

from __future__ import annotations

from collections.abc import Sequence

from theta.effects.results import JOINT, Effects, Quantity
from theta.effects.targets import MARGINAL
from theta.effects.variables import DATE, YEAR
from theta.effects.views import CLEAR

_SHOWN = 8


def describe(effects: Effects) -> list[str]:
    """Return how the effects were estimated, in sentences for readers."""
    response = {
        "share": "least squares on the topic shares",
        "logit": "least squares on the log odds of the topic shares",
        "fractional": "fractional logistic regression of the topic shares",
    }[effects.response]
    drawn = draws_text(effects.n_draws, effects.posterior)
    return [
        "Average marginal effects on topic shares in percentage points, with 95 % intervals. "
        f"Formula: {effects.formula}; {effects.n_docs:,} documents; {response}; standard errors "
        f"{effects.errors}; {drawn}. * p ≤ .05, adjusted for the topics (Benjamini–Hochberg).",
        *([] if effects.calibration is None else [effects.calibration.describe()]),
        *([] if effects.permutation is None else [f"{effects.permutation.describe()}."]),
        *note_sentences(effects.notes),
    ]


def draws_text(n_draws: int, posterior: str) -> str:
    """Return what an estimate knows of the uncertainty of topic shares."""
    if n_draws > 1:
        return f"{n_draws} draws from {posterior}, combined by Rubin's rules"
    return "topic shares taken as known"


def note_sentences(notes: Sequence[str]) -> list[str]:
    """Return the notes of an analysis as sentences."""
    return [f"{note[0].upper()}{note[1:]}." for note in notes]


def p_text(p_value: float) -> str:
    """Return a p-value for readers."""
    return "< 0.001" if p_value < 0.0005 else f"{p_value:.3f}"


def summary(effects: Effects, names: Sequence[str]) -> list[str]:
    """Return the clearest marginal effects, one line each.

    Parameters
    ----------
    effects : Effects
    names : sequence of str
        Of the topics.
    """
    clear = sorted(
        (adjusted, topic, number)
        for number, quantity in enumerate(effects.quantities)
        if quantity.kind == MARGINAL and not quantity.at
        for topic, adjusted in enumerate(quantity.numbers.p_bh)
        if adjusted is not None and adjusted <= CLEAR
    )
    how = "adjusted for the topics by Benjamini–Hochberg"
    if not clear:
        lines = [f"Effects of {effects.formula}: none is clear (p above .05, {how})."]
    else:
        lines = [f"The clearest effects of {effects.formula} on topic shares (p {how}):"]
        for adjusted, topic, number in clear[:_SHOWN]:
            lines.append(_sentence(effects.quantities[number], names[topic], topic, adjusted))
    if len(clear) > _SHOWN:
        lines.append(f"  and {len(clear) - _SHOWN} more with p of .05 or less")
    for quantity in effects.of_kind(JOINT):
        n_clear = sum(p is not None and p <= CLEAR for p in quantity.numbers.p_bh)
        lines.append(
            f"{quantity.name}: an effect on {n_clear} of {len(names)} topics (joint test of "
            f"{quantity.n_tested} coefficients)"
        )
    if effects.permutation is not None:
        lines.append(effects.permutation.describe())
    return lines


def _sentence(quantity: Quantity, name: str, topic: int, adjusted: float) -> str:
    one = quantity.numbers
    estimate, low, high = one.estimate[topic], one.low[topic], one.high[topic]
    assert estimate is not None
    assert low is not None
    assert high is not None
    more = "more" if estimate > 0 else "less"
    if quantity.level is None:
        unit = "year" if quantity.name in (DATE, YEAR) else f"unit of {quantity.name}"
        where = f"per {unit}"
    else:
        where = f"where {quantity.name} is {quantity.level} than where it is {quantity.reference}"
    return f"  {name}: {points_text(estimate, low, high, adjusted, f'{more} {where}')}"


def points_text(change: float, low: float, high: float, p_value: float, what: str) -> str:
    """Return the size of a change of a share in percentage points, with its interval and p-value.

    Parameters
    ----------
    change, low, high : float
        Of a share, with the ends of the 95 % interval.
    p_value : float
    what : str
        Words that follow "percentage points", such as the direction and the unit of the change.
    """
    sign = 1 if change > 0 else -1
    low, high = sorted((100 * sign * low, 100 * sign * high))
    return (
        f"{abs(100 * change):.3g} percentage points {what} (95 %: {low:.3g} to {high:.3g}; "
        f"p {p_text(p_value)})"
    )
