"""What a metric declares of itself; its family's file has one entry per metric in METRICS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MetricSpec:
    """What a metric is, apart from how it is computed.

    Attributes
    ----------
    better : {"higher", "lower"}
    meaning : str
        One line for people who do not know the definition.
    depends_on_topics : str, optional
        What the metric is about, if its value depends on the number of topics: runs with different
        numbers are then compared with a note.
    """

    better: Literal["higher", "lower"]
    meaning: str
    depends_on_topics: str | None = None
