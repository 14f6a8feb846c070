"""Options that several models take, each declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from theta.options.declare import option

AUTO = "auto"
"""As ``--num_topics``: the number is estimated from the corpus, before any model is trained."""


@dataclass(frozen=True)
class TopicCount:
    """For models with a given number of topics; in training it is a number, never `AUTO`."""

    num_topics: int = option(
        20,
        "Number of topics. Few topics give broad themes, many give specific ones; auto estimates "
        "it from the corpus.",
        valid=(2, None),
        usual=(5, 100),
        choices=(AUTO,),
    )


def asks_for_estimate(model_options: Any) -> bool:
    """Return whether the number of topics of a model is to be estimated."""
    return getattr(model_options, "num_topics", None) == AUTO


@dataclass(frozen=True)
class Iterations:
    """For models that are fitted by passes over the corpus."""

    max_iter: int = option(
        100, "Maximum number of passes over the documents.", valid=(1, None), usual=(10, 1000)
    )
