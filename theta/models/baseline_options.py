"""The options that several baselines take, each declared once."""

from __future__ import annotations

from dataclasses import dataclass

from theta.models.vae import VAEOptions
from theta.options.declare import declarations, option, redeclare

_NUM_TOPICS = declarations(VAEOptions)["num_topics"].default


@dataclass(frozen=True)
class TopicCount:
    """Of the models that are told how many topics to find."""

    num_topics: int = redeclare(VAEOptions, "num_topics", _NUM_TOPICS)


@dataclass(frozen=True)
class Iterations:
    """Of the models that are fitted by sweeps over the corpus."""

    max_iter: int = option(
        100, "Passes over the documents at most.", valid=(1, None), usual=(10, 1000)
    )
