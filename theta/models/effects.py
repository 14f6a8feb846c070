"""The effects of covariates on the shares of topics: as a table, and the clearest in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from theta.contracts import ModelTable

_INTERVAL = 1.96
"""Standard errors to each side of an effect: 95 % of a normal distribution."""

_CLEAR = 3.0
"""|z| from which an effect is told: among a few hundred of them, chance gives less than one."""

_TOLD = 5


class Effect(NamedTuple):
    """How the share of a topic changes with a covariate.

    Attributes
    ----------
    topic : int
    covariate : str
    level, reference : str, optional
        The share where the covariate is `level` minus that where it is `reference`; None for a
        number, whose effect is per unit.
    effect, standard_error : float
    """

    topic: int
    covariate: str
    level: str | None
    reference: str | None
    effect: float
    standard_error: float

    @property
    def z(self) -> float | None:
        """Effect in standard errors; None of a covariate that does not vary."""
        return self.effect / self.standard_error if self.standard_error > 0 else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval."""
        away = _INTERVAL * self.standard_error
        return self.effect - away, self.effect + away


def effects_table(
    effects: Sequence[Mapping[str, Any]], top_words: Sequence[Sequence[str]]
) -> ModelTable:
    """Return the effects as a table.

    Parameters
    ----------
    effects : sequence of mapping
        The fields of `Effect`.
    top_words : sequence of sequence of str
        Of each topic, best first.
    """
    found = [Effect(**effect) for effect in effects]
    columns = ("topic", "top_words", "covariate", "level", "reference")
    return ModelTable(
        name="covariate_effects",
        columns=(*columns, "effect", "standard_error", "low", "high", "z"),
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
            )
            for effect in found
        ],
        sentences=_sentences(found, top_words),
    )


def _sentences(effects: Sequence[Effect], top_words: Sequence[Sequence[str]]) -> list[str]:
    clear = sorted((e for e in effects if abs(e.z or 0) >= _CLEAR), key=lambda e: -abs(e.z or 0))
    if not clear:
        return ["No covariate clearly changes the share of a topic (|z| of 3 or more)."]
    said = ["The clearest effects of covariates on the shares of topics:"]
    said += [_sentence(effect, " ".join(top_words[effect.topic][:3])) for effect in clear[:_TOLD]]
    if len(clear) > _TOLD:
        said.append(f"  and {len(clear) - _TOLD} more with a |z| of 3 or more")
    return said


def _sentence(effect: Effect, words: str) -> str:
    more = "more" if effect.effect > 0 else "less"
    low, high = sorted(abs(100 * end) for end in effect.interval)
    where = (
        f"per unit of {effect.covariate}"
        if effect.level is None
        else f"where {effect.covariate} is {effect.level or 'empty'} "
        f"than where it is {effect.reference or 'empty'}"
    )
    return (
        f"  topic {effect.topic} ({words}): {abs(100 * effect.effect):.3g} percentage points "
        f"{more} {where} (95 %: {low:.3g} to {high:.3g}; z {effect.z:.1f})"
    )
