"""Described topics and how well each is met, for the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theta.run import Run


def described_topics(run: Run, position: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return the described topics, ready for JSON.

    Parameters
    ----------
    run : Run
    position : mapping of int to int
        Position on the page of each document that it has, by row.
    """
    return [
        {
            "topic": run.numbers.index(met.topic),
            "description": met.description,
            "documents": met.documents,
            "fitting": met.fitting,
            "similarity": _rounded(met.similarity),
            "others": _rounded(met.others),
            "threshold": _rounded(met.threshold),
            "ranks": [list(item) for item in met.ranks.items()],
            "best": [position[row] for row in met.best],
        }
        for met in run.described
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
