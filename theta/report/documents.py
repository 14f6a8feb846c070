"""Selection of the documents on the page and of the length of their texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

N_TYPICAL = 6
"""Typical documents per topic."""

_REPOST_PREFIX = 150
"""Texts with this many initial characters in common are reposts: one of them is shown."""

N_SAMPLED = 2_000
"""Documents on the page if there is no map."""

TEXT_BYTES = 3_500_000
"""Limit for all texts together; keeps the page under 8 MB."""

_LENGTHS = (4000, 2000, 1200, 800, 500, 300, 200, 120, 80)


def typical_rows(
    doc_topic: NDArray[np.floating[Any]], texts: Sequence[str], n: int = N_TYPICAL
) -> list[list[int]]:
    """Return for each topic the rows of the documents with the largest weights, without reposts.

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ.
    texts : sequence of str
    n : int
    """
    typical: list[list[int]] = []
    # Reposts are common: more rows than needed are examined.
    n_examined = min(4 * n, len(doc_topic))
    for weights in np.asarray(doc_topic).T:
        first = np.argpartition(-weights, n_examined - 1)[:n_examined]
        rows: list[int] = []
        seen: set[str] = set()
        for row in first[np.lexsort((first, -weights[first]))]:
            text = " ".join(texts[int(row)].split())[:_REPOST_PREFIX]
            if text and text not in seen and len(rows) < n:
                seen.add(text)
                rows.append(int(row))
        typical.append(rows)
    return typical


def shown_rows(
    n_docs: int, on_map: NDArray[np.integer[Any]] | None, of_topics: list[list[int]], seed: int
) -> list[int]:
    """Return the rows on the page: those on the map, or a sample, and those of each topic."""
    if on_map is None:
        n = min(n_docs, N_SAMPLED)
        on_map = np.random.default_rng(seed).choice(n_docs, n, replace=False)
    return sorted({*map(int, on_map), *(row for rows in of_topics for row in rows)})


def cut_texts(texts: list[str], max_bytes: int = TEXT_BYTES) -> tuple[list[str], int]:
    """Truncate the texts to the greatest length at which they fit; return them and the length.

    Parameters
    ----------
    texts : list of str
    max_bytes : int
        UTF-8 bytes of all texts together.

    Returns
    -------
    texts : list of str
        Truncated texts end in an ellipsis.
    length : int
        In characters.
    """
    clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    for length in _LENGTHS:
        cut = [text if len(text) <= length else text[:length] + "…" for text in clean]
        if sum(len(text.encode()) for text in cut) <= max_bytes:
            break
    return cut, length
