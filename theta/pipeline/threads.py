"""How many CPU threads the program computes with."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AUTO = "auto"

_LARGE = 50_000
"""Documents from which `AUTO` takes all cores.

A training step is a few milliseconds of work, after which the threads wait for one another. 20
epochs on 7,600 short texts, two cores, took 13.0 s with one thread and 10.0 s with two; beside two
busy processes 17.6 s and 49.3 s. Larger corpora spend more of their time in the search for
neighbours, whose work grows with the square of their size and divides well.
"""

_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def choose_threads(asked: int | str, n_docs: int) -> int:
    """Return the number of threads to compute with.

    It depends on the corpus and on the machine's cores, never on how busy the machine is: the
    number of threads decides in which order partial sums are added, and so the last bits.

    Parameters
    ----------
    asked : int or ``auto``
    n_docs : int
        Documents of the corpus.
    """
    if asked != AUTO:
        return int(asked)
    return available_cores() if n_docs >= _LARGE else 1


def asked_threads(asked: int | str) -> int | None:
    """Return the number of threads for embedding; None is torch's own choice, all cores."""
    return None if asked == AUTO else int(asked)


def available_cores() -> int:
    """Return the cores that this process may use.

    The least of its affinity, its container's quota and OMP_NUM_THREADS.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = cores or 1
    if _CPU_QUOTA.is_file():
        quota, period = _CPU_QUOTA.read_text().split()
        if quota != "max":
            found = min(found, math.ceil(int(quota) / int(period)))
    allowed = _omp_num_threads()
    return found if allowed is None else min(found, allowed)


def _omp_num_threads() -> int | None:
    """Return what OMP_NUM_THREADS says; of a list for nested levels, the first."""
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else None


@contextmanager
def computing_with(threads: int | None) -> Iterator[None]:
    """Let torch, BLAS and OpenMP compute with a number of threads inside.

    Parameters
    ----------
    threads : int, optional
        None leaves everything as it is.
    """
    if threads is None:
        yield
        return
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    with threadpool_limits(threads):
        torch.set_num_threads(threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)
