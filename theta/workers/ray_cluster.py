"""The workers of a Ray cluster; the job of a lost worker goes to another one."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import theta
from theta.errors import ThetaError
from theta.libraries import first_line, load_library

_LOG = logging.getLogger(__name__)

Job = TypeVar("Job")

_JOBS_AT_ONCE = 2
"""Jobs in the hands of one worker, so that it need not wait for the next one."""

_PATIENCE = 30
"""Seconds without any news after which the cluster is asked for its resources."""

_MAX_LOST = 5
"""Workers that may be lost without one job being finished before all is given up."""


def load_ray() -> Any:
    """Return the module ray.

    Raises
    ------
    ThetaError
        If it is not installed.
    """
    missing = ThetaError("--engine ray needs a package: pip install 'theta-topics[ray]'")
    return load_library("ray", missing)


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Yield Ray, connected to a cluster; a connection that was there before is kept.

    Parameters
    ----------
    address : str, optional
        None starts a cluster on this machine.

    Raises
    ------
    ThetaError
        If Ray is not installed or the cluster cannot be reached.
    """
    ray = load_ray()
    if ray.is_initialized():
        yield ray
        return
    source = str(Path(theta.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
    try:
        ray.init(
            # None would join a cluster that happens to run on this machine.
            address=address or "local",
            runtime_env={"env_vars": {"PYTHONPATH": path}},
            include_dashboard=False if address is None else None,
            log_to_driver=False,
            logging_level=logging.WARNING,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ThetaError(f"--ray_address {address}: {first_line(error)}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def ray_workers(
    ray: Any, *, on_gpus: bool = False, n_workers: int | None = None, threads: int = 1
) -> Iterator[RayWorkers]:
    """Yield workers of a cluster, and end them afterwards.

    Parameters
    ----------
    ray : module
        Connected to a cluster.
    on_gpus : bool
        Give each worker a GPU instead of a core.
    n_workers : int, optional
        Most workers; by default one per GPU or core of the cluster.
    threads : int
        Jobs that a worker does at the same time.

    Raises
    ------
    ThetaError
        If the cluster has no GPU or core.
    """
    workers = RayWorkers(ray, on_gpus, n_workers, threads)
    try:
        yield workers
    finally:
        workers.close()


class _Remote:
    """An actor: a worker on its core or GPU."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number = 0
        self._worker: Callable[[Any], Any] | None = None

    def ready(self) -> None:
        """Return once the process has started."""

    def work(self, number: int, start: Sequence[Any], payload: Any) -> Any:
        """Return the answer to a payload.

        Parameters
        ----------
        number : int
            Another one for each way to start a worker.
        start : sequence of ObjectRef
            One reference to the callable that makes the worker; in a list, so that it is fetched
            only if it is needed.
        payload : anything
        """
        with self._lock:
            if self._worker is None or number != self._number:
                import ray

                self._worker, self._number = ray.get(start[0])(), number
            worker = self._worker
        return worker(payload)


class RayWorkers:
    """An `Engine` whose workers stay between calls; see `ray_workers`."""

    def __init__(self, ray: Any, on_gpus: bool, n_workers: int | None, threads: int) -> None:
        self._ray = ray
        resource = self._resource = "GPU" if on_gpus else "CPU"
        n_there = int(ray.cluster_resources().get(resource, 0))
        if n_there == 0:
            raise ThetaError(f"the Ray cluster has no {resource}")
        n_workers = min(n_there, n_workers or n_there)
        _LOG.info("Working on %d Ray workers, one %s each.", n_workers, resource)
        needs = {"num_cpus": 0, "num_gpus": 1} if on_gpus else {"num_cpus": 1}
        actor = ray.remote(_Remote).options(**needs, max_concurrency=threads)
        self._new_worker = actor.remote
        self._start: tuple[int, Any] = (0, None)
        self._room: list[Any] = []
        self._refs: dict[Any, tuple[Any, tuple[Any, Any] | None]] = {}
        self._dead: set[Any] = set()
        self._lost_in_a_row = 0
        self._waiting = False
        for _ in range(n_workers):
            self._start_worker()

    def __call__(
        self, start: Callable[[], Callable[[Any], Any]], jobs: Iterable[tuple[Job, Any]]
    ) -> Iterator[tuple[Job, Any]]:
        """Yield each job with its answer, in the order in which workers finish them.

        Parameters
        ----------
        start : callable
            Makes a worker; called once on each.
        jobs : iterable of (job, payload)
            What stays here, and what the worker gets.

        Raises
        ------
        ThetaError
            If the cluster fails; and what a worker raises.
        """
        try:
            self._start = self._start[0] + 1, self._ray.put(start)
            yield from self._run(iter(jobs))
        except self._ray.exceptions.RayError as error:
            raise _failed(error) from error

    def _run(self, jobs: Iterator[tuple[Job, Any]]) -> Iterator[tuple[Job, Any]]:
        again: deque[tuple[Job, Any]] = deque()
        while True:
            while self._room:
                job = again.popleft() if again else next(jobs, None)
                if job is None:
                    break
                self._submit(job)
            if not self._in_work and not again:
                job = next(jobs, None)
                if job is None:
                    return
                again.append(job)
            done, lost = self._wait()
            yield from done
            again.extend(lost)

    @property
    def _in_work(self) -> bool:
        """Whether a worker holds a job."""
        return any(job is not None for _, job in self._refs.values())

    def _submit(self, job: tuple[Any, Any]) -> None:
        """Give a job to a worker that has room."""
        worker = self._room.pop()
        number, start = self._start
        self._refs[worker.work.remote(number, [start], job[1])] = worker, job

    def _wait(self) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any]]]:
        """Wait for something to happen; return (jobs with answers, jobs lost with a worker)."""
        ready, _ = self._ray.wait(list(self._refs), num_returns=1, timeout=_PATIENCE)
        if not ready and not self._in_work:
            self._check_waiting()
        done: list[tuple[Any, Any]] = []
        lost: list[tuple[Any, Any]] = []
        for ref in ready:
            worker, job = self._refs.pop(ref)
            try:
                answer = self._ray.get(ref)
            except self._ray.exceptions.RayActorError as error:
                self._replace(worker, error)
                if job is not None:
                    lost.append(job)
                continue
            except self._ray.exceptions.RayTaskError as error:
                raise _cause(self._ray, error) from error
            if job is None:
                self._room += [worker] * _JOBS_AT_ONCE
            else:
                self._room.append(worker)
                self._lost_in_a_row = 0
                done.append((job[0], answer))
        return done, lost

    def _check_waiting(self) -> None:
        """Say that no worker can start, or raise if none ever will."""
        if not self._ray.cluster_resources().get(self._resource):
            raise ThetaError(
                f"the Ray cluster has lost all its {self._resource}s; what was finished is kept: "
                "repeat the command to continue"
            )
        if not self._waiting:
            _LOG.warning("Waiting for a free %s of the Ray cluster.", self._resource)
            self._waiting = True

    def close(self) -> None:
        """End all workers."""
        for worker in {worker for worker, _ in self._refs.values()} | set(self._room):
            self._ray.kill(worker)

    def _start_worker(self) -> None:
        worker = self._new_worker()
        self._refs[worker.ready.remote()] = worker, None

    def _replace(self, worker: Any, error: Exception) -> None:
        if worker not in self._dead:
            self._dead.add(worker)
            self._lost_in_a_row += 1
            if self._lost_in_a_row >= _MAX_LOST:
                raise ThetaError(
                    f"{_MAX_LOST} Ray workers were lost in a row; their end: {first_line(error)}; "
                    "what was finished is kept: repeat the command to continue"
                ) from error
            _LOG.warning("A Ray worker was lost; its work goes to another one.")
            self._room = [other for other in self._room if other is not worker]
            self._start_worker()


def _failed(error: Exception) -> ThetaError:
    """Return the error for a cluster that fails, such as a full object store."""
    return ThetaError(
        f"the Ray cluster failed: {first_line(error)}; what was finished is kept: repeat the "
        "command to continue"
    )


def _cause(ray: Any, error: Any) -> Exception:
    """Return what went wrong inside a worker, as it was raised there."""
    cause: Exception = error.cause
    return _failed(cause) if isinstance(cause, ray.exceptions.RayError) else cause
