"""What the page shows of correlations of topics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from theta.plots.topic_network import Edge, strongest
from theta.relations.analysis import Relations
from theta.relations.summary import method, notes, pair_text


def correlations(relations: Relations, order: Sequence[int], num_topics: int) -> dict[str, Any]:
    """Return the clear correlations, the strongest first, ready for JSON.

    Parameters
    ----------
    relations : Relations
    order : sequence of int
        The topics around the circle of the network.
    num_topics : int
    """
    clear = relations.clear
    drawn = strongest(
        [Edge(pair.first, pair.second, pair.correlation) for pair in clear], num_topics
    )
    return {
        "method": method(relations),
        "notes": notes(relations),
        "order": list(order),
        "drawn": len(drawn),
        "pairs": [
            {
                "topics": [pair.first, pair.second],
                "correlation": round(pair.correlation, 3),
                "text": pair_text(pair),
            }
            for pair in clear
        ],
    }
