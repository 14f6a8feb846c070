"""Options that several models take, each declared once."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.declare import option


@dataclass(frozen=True)
class TopicCount:
    """Of the models that are told how many topics to find."""

    num_topics: int = option(
        20,
        "How many topics to look for. Few give broad themes, many give fine ones.",
        valid=(2, None),
        usual=(5, 100),
    )


@dataclass(frozen=True)
class Iterations:
    """Of the models that are fitted by sweeps over the corpus."""

    max_iter: int = option(
        100, "Passes over the documents at most.", valid=(1, None), usual=(10, 1000)
    )
