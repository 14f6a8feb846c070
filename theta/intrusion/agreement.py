"""Krippendorff's alpha: agreement of coders, corrected for chance."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike


def krippendorff_alpha(values: ArrayLike, level: Literal["nominal", "ordinal"]) -> float | None:
    """Return Krippendorff's alpha of answers with gaps.

    Krippendorff (2011), "Computing Krippendorff's alpha-reliability".

    Parameters
    ----------
    values : (n_coders, n_items) float
        NaN where a coder has no answer.
    level : {"nominal", "ordinal"}
        How two different answers are compared: as different, or by how many answers lie between.

    Returns
    -------
    float or None
        1: always the same; 0: as by chance. None if fewer than two items have two answers, or all
        answers are equal.
    """
    table = np.asarray(values, dtype=np.float64)
    categories = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == categories).sum(axis=0).astype(np.float64)
    n_answers = counts.sum(axis=1)
    counts, n_answers = counts[n_answers >= 2], n_answers[n_answers >= 2]
    if len(counts) < 2:
        return None
    # Pairs of answers to one item; an item with n answers has n - 1 pairs for each of them.
    within = (counts / (n_answers - 1)[:, None]).T @ counts
    within -= np.diag((counts / (n_answers - 1)[:, None]).sum(axis=0))
    totals = within.sum(axis=1)
    distance = _squared_distance(totals, level)
    expected = (np.outer(totals, totals) * distance).sum() / (totals.sum() - 1)
    return None if expected == 0 else float(1 - (within * distance).sum() / expected)


def _squared_distance(totals: np.ndarray, level: str) -> np.ndarray:
    n = len(totals)
    if level == "nominal":
        return 1.0 - np.eye(n)
    # Answers below each category, half of its own included.
    position = np.cumsum(totals) - totals / 2
    squared: np.ndarray = np.subtract.outer(position, position) ** 2
    return squared
