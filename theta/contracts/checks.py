"""Checks of the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def require(condition: bool, message: str) -> None:
    """Raise `ValueError` with a message unless a condition holds."""
    if not condition:
        raise ValueError(message)


def require_finite(name: str, array: NDArray[Any]) -> None:
    """Raise `ValueError` unless all values of an array are finite."""
    require(bool(np.isfinite(array).all()), f"{name} has values that are not finite")


def require_distribution(name: str, array: NDArray[Any]) -> None:
    """Raise `ValueError` unless each row of a matrix is a probability distribution."""
    require(array.ndim == 2, f"{name} is not a matrix")
    require_finite(name, array)
    sums = array.sum(axis=1, dtype=np.float64)
    # float32 rows over a large vocabulary round to about 1e-4 at worst.
    require(
        bool((array >= 0).all() and np.abs(sums - 1).max(initial=0) < 1e-3),
        f"{name} has rows that are not probability distributions",
    )
