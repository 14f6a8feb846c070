"""Signs of a bad training in its history: collapse, and an end too early or too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from theta.i18n import Message

_COLLAPSED = 0.25
"""KL divergence, in nats per document, below which the shares say almost nothing of a document.

On a planted corpus of four topics, which log 4 = 1.39 nats tell apart, healthy trainings end at
3.4 to 5.5; ETM without warm-up at .01 and THETA with a KL weight of 200 at .20. With weights of 20
and 5, at which THETA still finds the topics, it ends at .61 and 1.5.
"""

_STILL_RISING = 0.02
"""Limit of the last tenth of the epochs' share in the total gain of validation ELBO.

On 1,500 posts of 20 Newsgroups THETA's cosine schedule ends at .014 or less from 20 epochs on; 30
epochs at a constant rate, and 40 of ProdLDA, which both gain from more, end at .08 and .09.
"""

_FALLEN = 0.05
"""Share of that gain that may be lost between the best and the last epoch."""


@dataclass(frozen=True)
class Finding:
    """A sign of a bad run.

    Attributes
    ----------
    name : str
        ``under_trained``, ``short_warmup``, ``best_in_warmup``, ``over_trained``, ``collapsed``,
        ``uniform_documents``, ``few_documents``, ``unused_topics`` or ``doubled_topics``.
    message : Message
    options : mapping of str to value
        Options to try; empty if the numbers do not suggest any.
    """

    name: str
    message: Message
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def flags(self) -> str:
        """The options as command-line flags."""
        return " ".join(_flag(name, value) for name, value in self.options.items())


def _flag(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no_{name}"
    return f"--{name} {value:g}" if isinstance(value, float) else f"--{name} {value}"


def collapse_of(history: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> Finding | None:
    """Check the KL divergence at the end of the training, if the history has one."""
    divergence = history[-1].get("kl") if history else None
    if divergence is None or not divergence < _COLLAPSED:  # it may be NaN
        return None
    message = Message(
        "the KL divergence ended at {kl:.2g} nats per document: the posterior has collapsed to the "
        "prior, and topic shares do not describe the documents",
        kl=divergence,
    )
    weight, warmup = options.get("kl_end", 1.0), options.get("kl_warmup")
    slow = options.get("epochs", 0) // 2
    if weight > 1:
        return Finding("collapsed", message, {"kl_end": 1.0})
    return Finding("collapsed", message, {"kl_warmup": slow} if (warmup or 0) < slow else {})


def findings_of_training(
    history: Sequence[Mapping[str, Any]], options: Mapping[str, Any]
) -> list[Finding]:
    """Check the course of the validation ELBO; no findings for a model that has none."""
    elbo = [entry.get("validation_elbo") for entry in history]
    if len(elbo) < 2 or any(value is None for value in elbo) or "epochs" not in options:
        return []
    values = np.array(elbo, dtype=np.float64)
    n, best = len(values), int(values.argmax())
    gain = float(values[best] - values[0])
    warmup = int(options.get("kl_warmup") or 0)
    stopped_early = n < options["epochs"]
    findings: list[Finding] = []
    if warmup >= options["epochs"]:
        message = Message(
            "the {n_epochs} epochs ended within the KL warm-up of {n_warmup} epochs: the KL term "
            "never reached its full weight",
            n_epochs=n,
            n_warmup=warmup,
        )
        findings.append(Finding("short_warmup", message, {"kl_warmup": options["epochs"] // 2}))
    elif stopped_early and best < warmup and not options.get("min_gain"):
        message = Message(
            "training stopped early, at epoch {n_epochs}, and kept epoch {n_best}, within the KL "
            "warm-up of {n_warmup} epochs: the KL term had not reached its full weight",
            n_epochs=n,
            n_best=best + 1,
            n_warmup=warmup,
        )
        findings.append(Finding("best_in_warmup", message, {"kl_warmup": max(1, (best + 1) // 2)}))
    tail = max(1, n // 10)
    rise = float(values[-tail:].max() - values[:-tail].max())
    if not stopped_early and rise > _STILL_RISING * gain > 0:
        message = Message(
            "the validation ELBO was still rising: {rise:.3g} of its total gain of {gain:.3g} came "
            "in the last {n_tail} of {n_epochs} epochs",
            rise=rise,
            gain=gain,
            n_tail=tail,
            n_epochs=n,
        )
        findings.append(Finding("under_trained", message, {"epochs": 2 * options["epochs"]}))
    if not stopped_early and gain > 0 and values[best] - values[-1] > _FALLEN * gain:
        message = Message(
            "the validation ELBO was best at epoch {n_best} of {n_epochs} and fell afterwards; the "
            "weights of that epoch were kept",
            n_best=best + 1,
            n_epochs=n,
        )
        early = options.get("early_stopping") is False
        findings.append(Finding("over_trained", message, {"early_stopping": True} if early else {}))
    return findings
