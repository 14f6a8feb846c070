"""Which of many numbers may be frequent, without sorting them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: multiplicative hashing (Knuth 1998, The Art of Computer
Programming, volume 3, section 6.4)."""


def may_be_frequent(keys: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    """Return which numbers may occur so often: all that do, and few others.

    Each goes into one of two to four times as many buckets as there are numbers. A number that
    occurs `least` times has a bucket with as many. Most numbers that occur once have not, and need
    not be sorted to be counted.

    Parameters
    ----------
    keys : (n,) int64
    least : int
    """
    bits = len(keys).bit_length() + 1
    buckets = ((keys.astype(np.uint64) * _MULTIPLIER) >> np.uint64(64 - bits)).astype(np.int64)
    return np.asarray(np.bincount(buckets, minlength=1)[buckets] >= least)
