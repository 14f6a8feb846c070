"""How many threads torch computes with on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def same_threads() -> Iterator[None]:
    """Give torch back its number of threads after what is called inside.

    Other libraries set it without a word: numba, when it first runs in parallel, starts OpenMP
    with a thread per core, whatever OMP_NUM_THREADS says, and torch shares that OpenMP.
    """
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def at_most_threads(n: int) -> Iterator[None]:
    """Let torch compute with at most `n` threads inside."""
    with same_threads():
        torch.set_num_threads(min(n, torch.get_num_threads()))
        yield
