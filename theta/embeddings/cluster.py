"""Embedding on several GPUs or machines with Ray."""

from __future__ import annotations

import dataclasses
import logging
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import theta
from theta.embeddings.loading import load_encoder
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import Embedded, ShardJob
from theta.embeddings.space import Space, find_space
from theta.errors import InvalidOption, ThetaError
from theta.libraries import first_line, load_library

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

_SHARDS_AT_ONCE = 2
"""Shards in the hands of one worker: one is tokenised while the other is computed."""

_MAX_LOST = 5
"""Workers that may be lost without one shard being finished before the run is given up."""


class ShardWorker:
    """What runs on each GPU, or on each CPU core where there is none.

    Parameters
    ----------
    settings : EmbeddingSettings
    space_key : str
        The space that the driver found; a machine with other weights must not take part.
    """

    def __init__(self, settings: EmbeddingSettings, space_key: str) -> None:
        space = find_space(settings)
        if space.key != space_key or space.checkpoint is None:
            raise InvalidOption(
                f"a Ray worker found other weights than the driver: {space.model} ({space.origin})"
            )
        self._encoder = load_encoder(
            space.checkpoint,
            # Ray shows each worker its own GPU only.
            device="cuda:0" if settings.device.startswith("cuda") else "cpu",
            max_length=settings.max_length,
            long_docs=settings.long_docs,
            batch_size=settings.batch_size,
            precision=settings.precision,
        )
        self._computing = threading.Lock()

    def ready(self) -> None:
        """Return once the model is loaded."""

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return (vectors, token counts) of one shard's texts."""
        windows = self._encoder.tokenizer(texts)
        with self._computing:
            return self._encoder.encode_windows(windows), windows.tokens


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


class RayEngine:
    """A pool of workers on a Ray cluster; a shard whose worker is lost goes to another one.

    Parameters
    ----------
    space : Space
    settings : EmbeddingSettings

    Raises
    ------
    ThetaError
        If Ray is not installed or the cluster cannot be reached.
    """

    def __init__(self, space: Space, settings: EmbeddingSettings) -> None:
        self._ray = load_ray()
        self._space_key = space.key
        self._settings = dataclasses.replace(settings, engine="local")

    def embed(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        """Yield the shards embedded, in the order in which workers finish them."""
        with connected(self._settings.ray_address):
            yield from self._run(jobs)

    def _run(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        pool = _Pool(self._ray, self._settings, self._space_key)
        again: deque[ShardJob] = deque()
        try:
            while True:
                while pool.has_room():
                    job = again.popleft() if again else next(jobs, None)
                    if job is None:
                        break
                    pool.submit(job)
                if not pool.in_work and not again:
                    job = next(jobs, None)
                    if job is None:
                        return
                    again.append(job)
                done, lost = pool.wait()
                yield from done
                again.extend(lost)
        finally:
            pool.close()


class _Pool:
    """Workers, and what each of them is doing."""

    def __init__(self, ray: Any, settings: EmbeddingSettings, space_key: str) -> None:
        self._ray = ray
        on_gpus = settings.device.startswith("cuda")
        resource = "GPU" if on_gpus else "CPU"
        n_workers = int(ray.cluster_resources().get(resource, 0))
        if n_workers == 0:
            raise ThetaError(f"the Ray cluster has no {resource}")
        log.info("Embedding with %d Ray workers, one %s each.", n_workers, resource)
        self._new_worker = lambda: (
            ray.remote(ShardWorker)
            .options(
                num_cpus=0 if on_gpus else 1,
                num_gpus=1 if on_gpus else 0,
                max_concurrency=_SHARDS_AT_ONCE,
            )
            .remote(settings, space_key)
        )
        self._room: list[Any] = []
        self._refs: dict[Any, tuple[Any, ShardJob | None]] = {}
        self._dead: set[Any] = set()
        self._lost_in_a_row = 0
        for _ in range(n_workers):
            self._start_worker()

    @property
    def in_work(self) -> bool:
        """Whether a worker holds a shard."""
        return any(job is not None for _, job in self._refs.values())

    def has_room(self) -> bool:
        """Whether a worker that is ready could take another shard."""
        return bool(self._room)

    def submit(self, job: ShardJob) -> None:
        """Give a shard to a worker that has room."""
        worker = self._room.pop()
        self._refs[worker.embed.remote(job.texts)] = worker, job

    def wait(self) -> tuple[list[Embedded], list[ShardJob]]:
        """Wait for something to happen; return (shards embedded, shards lost with a worker)."""
        ready, _ = self._ray.wait(list(self._refs), num_returns=1)
        done: list[Embedded] = []
        lost: list[ShardJob] = []
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
                raise _cause(error) from error
            if job is None:
                self._room += [worker] * _SHARDS_AT_ONCE
            else:
                self._room.append(worker)
                self._lost_in_a_row = 0
                done.append(Embedded(job, *answer))
        return done, lost

    def close(self) -> None:
        """End all workers."""
        for worker in {worker for worker, _ in self._refs.values()} | set(self._room):
            self._ray.kill(worker)

    def _start_worker(self) -> None:
        worker = self._new_worker()
        self._refs[worker.ready.remote()] = worker, None

    def _replace(self, worker: Any, error: Exception) -> None:
        cause = getattr(error, "cause", None)
        if isinstance(cause, self._ray.exceptions.RayTaskError):
            raise _cause(cause) from error
        if worker not in self._dead:
            self._dead.add(worker)
            self._lost_in_a_row += 1
            if self._lost_in_a_row >= _MAX_LOST:
                raise ThetaError(
                    f"{_MAX_LOST} Ray workers were lost in a row; their end: {first_line(error)}"
                ) from error
            log.warning("A Ray worker was lost; its texts go to another one.")
            self._room = [other for other in self._room if other is not worker]
            self._start_worker()


def _cause(error: Any) -> Exception:
    """Return what went wrong inside a worker, as it was raised there."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, ThetaError) else error
