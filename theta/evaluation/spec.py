"""The declaration of a metric; the file of its family has one per metric in METRICS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MetricSpec:
    """Direction and meaning of a metric.

    Attributes
    ----------
    better : {"higher", "lower"}
    meaning : str
        One line for readers who do not know the definition.
    depends_on_topics : str, optional
        What the metric measures, if its value depends on the number of topics: a comparison of runs
        with different numbers then has a note.
    measures : {"words", "shares", "data"}
        What of the topics the value is computed from: words, maybe with shares of documents;
        shares alone; or nothing, for a property of the data. An edit that leaves this unchanged
        leaves the value unchanged.
    """

    better: Literal["higher", "lower"]
    meaning: str
    depends_on_topics: str | None = None
    measures: Literal["words", "shares", "data"] = "words"
