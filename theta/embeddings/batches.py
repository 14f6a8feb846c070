"""Which windows go through the model together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MAX_PADDING = 0.05
"""Share of a batch's tokens that may be padding."""


def pack(
    lengths: NDArray[np.integer],
    batch_size: int,
    token_budget: int,
    max_padding: float = MAX_PADDING,
    spare_tokens: int = 0,
) -> Iterator[NDArray[np.intp]]:
    """Yield batches of windows of nearly equal length, the longest first.

    The longest come first so that memory that does not suffice is found at once.

    Parameters
    ----------
    lengths : (n_windows,) int
        Tokens of each window.
    batch_size : int
        Windows in a batch, at most.
    token_budget : int
        Tokens in a batch, padding included, at most; a window longer than that goes alone.
    max_padding : float
        Share of a batch's tokens that may be padding.
    spare_tokens : int
        Tokens of padding that a batch may have in any case.

    Yields
    ------
    (n,) intp
        Indices into `lengths`; together every index once.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = int(lengths[order[start]])
        most = max(1, min(batch_size, token_budget // longest))
        candidate = order[start : start + most]
        places = longest * np.arange(1, len(candidate) + 1)
        padding = places - np.cumsum(lengths[candidate])
        # Sorted, so the share of padding only grows: the first that breaks the limit ends it.
        fits = int(np.count_nonzero(padding <= np.maximum(max_padding * places, spare_tokens)))
        yield candidate[:fits]
        start += fits
