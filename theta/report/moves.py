"""How topics have moved since the run that a run goes on from, for the page."""

from __future__ import annotations

from typing import Any

from theta.run import Run


def topic_moves(run: Run) -> dict[str, Any] | None:
    """Return the moves, those that moved most first, ready for JSON; None without ``--update``."""
    update = run.facts.get("update")
    if update is None:
        return None
    topics = [
        {
            "topic": run.numbers.index(record["topic"]),
            "distance": record.get("distance"),
            "before": record.get("share_before"),
            "share": record["share"],
            "left": record.get("left", []),
            "came": record.get("came", record["top_words"]),
        }
        for record in update["topics"]
        if record["topic"] in run.numbers
    ]
    # New topics come first: all of their words are new.
    topics.sort(key=lambda one: -2 if one["distance"] is None else -one["distance"])
    return {"run": update["run"], "topics": topics}
