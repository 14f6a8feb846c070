"""The number of CPU threads of torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def same_threads() -> Iterator[None]:
    """Restore torch's number of threads on exit.

    Other libraries change it: numba, when it first runs in parallel, starts OpenMP with one thread
    per core, regardless of OMP_NUM_THREADS, and torch shares that OpenMP.
    """
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def at_most_threads(n: int) -> Iterator[None]:
    """Limit torch to `n` threads."""
    with same_threads():
        torch.set_num_threads(min(n, torch.get_num_threads()))
        yield
