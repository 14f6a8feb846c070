"""The number of CPU threads."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

AUTO = "auto"

_LARGE = 50_000
"""Number of documents from which `AUTO` uses all cores.

A training step is a few milliseconds of work, after which the threads wait for one another. 20
epochs on 7,600 short texts, on two cores, took 13.0 s with one thread and 10.0 s with two; beside
two busy processes 17.6 s and 49.3 s. Larger corpora spend more time in the search for neighbours,
whose work grows with the square of their size and parallelizes well.
"""

_CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def choose_threads(requested: int | str, n_docs: int) -> int:
    """Return the number of threads to compute with.

    It depends on the corpus and the machine's cores, never on the load of the machine: the number
    of threads determines the order of partial sums, and so the last bits.

    Parameters
    ----------
    requested : int or ``auto``
    n_docs : int
        Documents of the corpus.
    """
    if requested != AUTO:
        return int(requested)
    return available_cores() if n_docs >= _LARGE else 1


def embedding_threads(requested: int | str) -> int:
    """Return the number of threads to embed with.

    With `AUTO` it is torch's number, which leaves out a core's second hardware thread, within
    `available_cores`. Products of thousands of tokens use all of them well.
    """
    if requested != AUTO:
        return int(requested)
    import torch

    return min(torch.get_num_threads(), available_cores())


def available_cores() -> int:
    """Return the number of cores that this process may use.

    The smallest of its affinity, its container's quota and OMP_NUM_THREADS.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    available = cores or 1
    if _CPU_QUOTA.is_file():
        quota, period = _CPU_QUOTA.read_text().split()
        if quota != "max":
            available = min(available, math.ceil(int(quota) / int(period)))
    allowed = _omp_num_threads()
    return available if allowed is None else min(available, allowed)


def _omp_num_threads() -> int | None:
    """Return the value of OMP_NUM_THREADS, or the first of a list for nested levels."""
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else None


@contextmanager
def computing_with(threads: int | None) -> Iterator[None]:
    """Set the number of threads of torch, BLAS and OpenMP inside the block.

    Torch takes a second to import. It is not imported for this: if something in the block imports
    it, its number of threads is set then.

    Parameters
    ----------
    threads : int, optional
        None changes nothing.
    """
    if threads is None:
        yield
        return
    # SciPy has a BLAS of its own, which would not be limited if it were loaded in the block.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    torch_threads = _TorchThreads(threads)
    with threadpool_limits(threads):
        torch_threads.enter()
        try:
            yield
        finally:
            torch_threads.leave()


class _TorchThreads(MetaPathFinder):
    """Sets the number of threads of torch: at once, or as soon as torch is imported.

    Parameters
    ----------
    threads : int
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._before: int | None = None

    def enter(self) -> None:
        if "torch" in sys.modules:
            self._set()
        else:
            sys.meta_path.insert(0, self)

    def leave(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        if self._before is not None:
            sys.modules["torch"].set_num_threads(self._before)

    def _set(self) -> None:
        torch = sys.modules["torch"]
        self._before = torch.get_num_threads()
        torch.set_num_threads(self._threads)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where torch is, with a loader that sets its number of threads afterwards."""
        if name != "torch":
            return None
        later = sys.meta_path[sys.meta_path.index(self) + 1 :]
        specs = (finder.find_spec(name, path, target) for finder in later)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_set(module: ModuleType) -> None:
            execute(module)
            if self in sys.meta_path:  # the block has not been left
                self._set()

        spec.loader.exec_module = execute_and_set  # type: ignore[method-assign]
        return spec
