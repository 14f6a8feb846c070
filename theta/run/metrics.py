"""The metrics of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theta.contracts import Metric


def read_metrics(evaluation: Mapping[str, Any]) -> list[Metric]:
    """Return the metrics in the content of evaluation_results.json."""
    return [
        Metric(
            name=name,
            value=evaluation[name],
            definition=details["definition"],
            per_topic=details["per_topic"],
            interval=None if details["interval"] is None else tuple(details["interval"]),
            reason=details["reason"],
            documents=details.get("documents", ""),  # absent from runs of earlier versions
        )
        for name, details in evaluation.get("details", {}).items()
    ]
