"""Numbers as the page has them: rounded to what is shown, and None for what JSON cannot hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def scaled_to_page(points: Any) -> list[list[int]]:
    """Return points scaled into a 10,000 × 10,000 square, with one factor for both axes."""
    points = np.asarray(points, dtype=np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    span = float((high - low).max()) or 1.0
    scaled = (points - (low + high) / 2) / span * 10_000 + 5_000
    return [[int(x), int(y)] for x, y in np.rint(scaled)]


def rounded(array: Any, digits: int) -> Any:
    """Return a matrix as nested lists; None for values that are missing or not finite."""
    return [
        [round(float(value), digits) if math.isfinite(value) else None for value in row]
        for row in np.asarray(array, dtype=np.float64)
    ]


def significant(value: float) -> float:
    """Return a number with four significant digits."""
    return float(f"{float(value):.4g}")


def finite(value: Any) -> float | None:
    """Return a number with six significant digits; None if it is missing or not finite."""
    return None if value is None or not math.isfinite(value) else float(f"{float(value):.6g}")
