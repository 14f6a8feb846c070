"""Which documents the page holds, and how much of their text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_TYPICAL = 6
"""Typical documents per topic."""

_SAME = 150
"""Texts that agree in so many characters are reposts: one of them is shown."""

N_SAMPLED = 2_000
"""Documents that can be searched where there is no map."""

TEXT_BYTES = 3_500_000
"""Room for all texts together; keeps the page under 8 MB."""

_LENGTHS = (4000, 2000, 1200, 800, 500, 300, 200, 120, 80)


def typical_rows(
    doc_topic: NDArray[np.floating[Any]], texts: Sequence[str], n: int = N_TYPICAL
) -> list[list[int]]:
    """Return per topic the rows of the documents with the largest weight, no two beginning alike.

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ.
    texts : sequence of str
    n : int
    """
    found: list[list[int]] = []
    # Reposts of one text are common; some more rows are looked at to find different ones.
    looked_at = min(4 * n, len(doc_topic))
    for weights in np.asarray(doc_topic).T:
        first = np.argpartition(-weights, looked_at - 1)[:looked_at]
        rows: list[int] = []
        seen: set[str] = set()
        for row in first[np.lexsort((first, -weights[first]))]:
            text = " ".join(texts[int(row)].split())[:_SAME]
            if text and text not in seen and len(rows) < n:
                seen.add(text)
                rows.append(int(row))
        found.append(rows)
    return found


def shown_rows(
    n_docs: int, on_map: NDArray[np.integer[Any]] | None, typical: list[list[int]], seed: int
) -> list[int]:
    """Return the rows that the page holds: those on the map, or a sample, and the typical ones."""
    if on_map is None:
        n = min(n_docs, N_SAMPLED)
        on_map = np.random.default_rng(seed).choice(n_docs, n, replace=False)
    return sorted({*map(int, on_map), *(row for rows in typical for row in rows)})


def cut_texts(texts: list[str], room: int = TEXT_BYTES) -> tuple[list[str], int]:
    """Return the texts cut to the greatest length at which they fit, and that length.

    Parameters
    ----------
    texts : list of str
    room : int
        Bytes for all of them together, in UTF-8.

    Returns
    -------
    texts : list of str
        Those that were cut end in an ellipsis.
    length : int
        Characters.
    """
    clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    for length in _LENGTHS:
        cut = [text if len(text) <= length else text[:length] + "…" for text in clean]
        if sum(len(text.encode()) for text in cut) <= room:
            break
    return cut, length
