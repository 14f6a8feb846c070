"""The effects that STM estimates as it trains: a table and a summary of the largest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from theta.contracts import ModelTable

_COVERAGE = 0.95

CLEAR = 0.05
"""Maximum p-value, corrected for the topics and levels of the covariate, of an effect shown."""

_SHOWN = 5


class Effect(NamedTuple):
    """How the share of a topic changes with a covariate.

    Attributes
    ----------
    topic : int
    covariate : str
    level, reference : str, optional
        The effect is the share at `level` minus the share at `reference`; None for a number, whose
        effect is per unit.
    effect, standard_error : float
    p_value : float, optional
        Corrected for the topics and levels of its covariate; None in runs of earlier versions.
    degrees_of_freedom : float, optional
        Of the t distribution of the interval; None for a normal distribution.
    """

    topic: int
    covariate: str
    level: str | None
    reference: str | None
    effect: float
    standard_error: float
    p_value: float | None = None
    degrees_of_freedom: float | None = None

    @property
    def z(self) -> float | None:
        """Effect in standard errors; None if the standard error is 0."""
        return self.effect / self.standard_error if self.standard_error > 0 else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval."""
        from scipy.special import stdtrit

        freedom = math.inf if self.degrees_of_freedom is None else self.degrees_of_freedom
        margin = float(stdtrit(freedom, (1 + _COVERAGE) / 2)) * self.standard_error
        return self.effect - margin, self.effect + margin


def effects_table(
    effects: Sequence[Mapping[str, Any]], top_words: Sequence[Sequence[str]]
) -> ModelTable:
    """Return the effects as a table.

    Parameters
    ----------
    effects : sequence of mapping
        The fields of `Effect`.
    top_words : sequence of sequence of str
        Top words of each topic, best first.
    """
    rows = [Effect(**effect) for effect in effects]
    columns = ("topic", "top_words", "covariate", "level", "reference")
    return ModelTable(
        name="covariate_effects",
        columns=(*columns, "effect", "standard_error", "low", "high", "z", "p_value"),
        rows=[
            (
                effect.topic,
                " ".join(top_words[effect.topic]),
                effect.covariate,
                effect.level,
                effect.reference,
                effect.effect,
                effect.standard_error,
                *effect.interval,
                effect.z,
                effect.p_value,
            )
            for effect in rows
        ],
        sentences=_sentences(rows, top_words),
    )


def _sentences(effects: Sequence[Effect], top_words: Sequence[Sequence[str]]) -> list[str]:
    if any(effect.p_value is None for effect in effects):
        return ["Effects of an earlier version without p-values: train again to compute them."]
    clear = [e for e in effects if e.p_value is not None and e.p_value <= CLEAR]
    clear.sort(key=lambda e: -abs(e.z or 0))
    correction = "corrected for the topics and levels of the covariate"
    if not clear:
        return [f"No covariate clearly changes the share of a topic (p above .05, {correction})."]
    lines = [f"The clearest effects of covariates on topic shares (p {correction}):"]
    lines += [_sentence(effect, " ".join(top_words[effect.topic][:3])) for effect in clear[:_SHOWN]]
    if len(clear) > _SHOWN:
        lines.append(f"  and {len(clear) - _SHOWN} more with p of .05 or less")
    return lines


def _sentence(effect: Effect, words: str) -> str:
    more = "more" if effect.effect > 0 else "less"
    sign = 1 if effect.effect > 0 else -1
    low, high = sorted(100 * sign * end for end in effect.interval)
    where = (
        f"per unit of {effect.covariate}"
        if effect.level is None
        else f"where {effect.covariate} is {effect.level or 'empty'} "
        f"than where it is {effect.reference or 'empty'}"
    )
    return (
        f"  topic {effect.topic} ({words}): {abs(100 * effect.effect):.3g} percentage points "
        f"{more} {where} (95 %: {low:.3g} to {high:.3g}; p {effect.p_value:.3f})"
    )
