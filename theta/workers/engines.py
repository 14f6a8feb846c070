"""Jobs for this process, several processes of this machine, or the workers of a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from theta.errors import OutOfMemory
from theta.workers.processes import begin_work
from theta.workers.ray_cluster import connected, ray_workers

Job = TypeVar("Job")

Start = Callable[[], Callable[[Any], Any]]
"""Makes a worker: a callable that takes a payload and returns an answer."""


class Engine(Protocol):
    """Does jobs, each on any of its workers."""

    def __call__(self, start: Start, jobs: Iterable[tuple[Job, Any]]) -> Iterator[tuple[Job, Any]]:
        """Yield each job with its answer, in the order in which they are finished.

        Parameters
        ----------
        start : callable
            Makes a worker. It is pickled, and called once per worker.
        jobs : iterable of (job, payload)
            What stays here, and what the worker gets.
        """
        ...


@contextmanager
def started(
    engine: str, ray_address: str | None, n_workers: int | None, flag: str = "--workers"
) -> Iterator[Engine]:
    """Yield an engine, and end it afterwards.

    Parameters
    ----------
    engine : ``local`` or ``ray``
    ray_address : str, optional
        None starts a Ray cluster on this machine.
    n_workers : int, optional
        By default one locally, and one per core of a cluster.
    flag : str
        The option that sets the number locally, for messages.

    Raises
    ------
    ThetaError
        If Ray is not installed or the cluster cannot be reached.
    """
    if engine == "ray":
        with connected(ray_address) as ray, ray_workers(ray, n_workers=n_workers) as workers:
            yield workers
    else:
        yield lambda start, jobs: run_here(start, jobs, n_workers or 1, flag)


def run_here(
    start: Start,
    jobs: Iterable[tuple[Job, Any]],
    n_workers: int,
    flag: str = "--workers",
    *,
    in_order: bool = False,
) -> Iterator[tuple[Job, Any]]:
    """Do jobs in this process, or in several of this machine; see `Engine`.

    With `in_order`, jobs are yielded in their own order; an interruption then loses all of them.

    Raises
    ------
    OutOfMemory
        If a process dies.
    """
    if n_workers == 1:
        worker = start()
        for job, payload in jobs:
            yield job, worker(payload)
        return
    jobs = iter(jobs)
    # A fork of a process with threads (Arrow's, torch's) can deadlock, so spawn.
    context = get_context("spawn")
    with ProcessPoolExecutor(n_workers, context, _begin, (start,)) as pool:
        running: dict[Future[Any], Job] = {}
        try:
            while True:
                for job, payload in islice(jobs, 2 * n_workers - len(running)):
                    running[pool.submit(_work, payload)] = job
                if not running:
                    return
                oldest = next(iter(running))
                finished = {oldest} if in_order else wait(running, None, FIRST_COMPLETED).done
                for future in finished:
                    yield running.pop(future), future.result()
        except BrokenProcessPool as error:
            kept = "" if in_order else "; what was finished is kept"
            raise OutOfMemory(
                f"the system ended a worker process, most likely for lack of memory{kept}: repeat "
                f"the command with a smaller {flag}"
            ) from error
        finally:
            for future in running:
                future.cancel()


_worker: Callable[[Any], Any] | None = None


def _begin(start: Start) -> None:
    global _worker
    begin_work()
    _worker = start()


def _work(payload: Any) -> Any:
    assert _worker is not None, "the process was started without its worker"
    return _worker(payload)
