"""Where trainings run: in this process, in several of this machine, or on a Ray cluster."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from theta.errors import Interrupted, ThetaError
from theta.pipeline.fresh_process import receiving_logs, send_logs
from theta.tuning.plan import Plan
from theta.tuning.ray_cluster import RayCluster
from theta.tuning.training import Answer, Ask, Record, Task, Trainer
from theta.workers import connected


class Engine(Protocol):
    """Runs trainings, one per free place."""

    def has_room(self) -> bool:
        """Return whether another training can start."""
        ...

    def start(self, task: Task) -> None:
        """Start a training."""
        ...

    def wait(self, ask: Ask) -> tuple[Task, Record]:
        """Return the next training that ends; answer those that ask until then."""
        ...

    def close(self) -> None:
        """End all trainings that are running."""
        ...


class OneProcess:
    """Trains in this process, one after the other.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan) -> None:
        self._trainer = Trainer(plan)
        self._task: Task | None = None

    def has_room(self) -> bool:
        """Return whether no training is waiting."""
        return self._task is None

    def start(self, task: Task) -> None:
        """Take a training, which `wait` runs."""
        self._task = task

    def wait(self, ask: Ask) -> tuple[Task, Record]:
        """Run the training."""
        assert self._task is not None
        task, self._task = self._task, None
        return task, self._trainer.train(task, ask)

    def close(self) -> None:
        """Nothing runs between two calls."""


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    number: int
    task: Task | None = None


class Processes:
    """Trains in processes of this machine; one that dies is replaced, and its training has failed.

    Parameters
    ----------
    plan : Plan
    n_workers : int
    """

    def __init__(self, plan: Plan, n_workers: int) -> None:
        self._plan = plan
        # A fork would copy the locks of threads and the state of a GPU.
        self._context = get_context("spawn")
        self._logs = receiving_logs(self._context)
        self._records = self._logs.__enter__()
        self._n_workers = n_workers
        self._workers = [self._new_worker(number) for number in range(n_workers)]

    def has_room(self) -> bool:
        """Return whether a worker is idle."""
        return any(worker.task is None for worker in self._workers)

    def start(self, task: Task) -> None:
        """Give a training to an idle worker."""
        worker = next(worker for worker in self._workers if worker.task is None)
        worker.task = task
        with suppress(OSError):  # it is dead, which `wait` sees
            worker.pipe.send(task)

    def wait(self, ask: Ask) -> tuple[Task, Record]:
        """Return the next training that ends."""
        while True:
            busy = {worker.pipe: worker for worker in self._workers if worker.task is not None}
            for pipe in wait(list(busy)):
                assert isinstance(pipe, Connection)
                worker = busy[pipe]
                assert worker.task is not None
                try:
                    message = pipe.recv()
                    if isinstance(message, tuple):
                        pipe.send(ask(worker.task, *message))
                        continue
                except (EOFError, OSError):
                    message = self._replace(worker)
                task, worker.task = worker.task, None
                return task, message

    def close(self) -> None:
        """End all workers: idle ones by themselves, so that they leave no semaphores behind."""
        for worker in self._workers:
            worker.pipe.close()
            if worker.task is not None:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join()
        self._logs.__exit__(None, None, None)

    def _new_worker(self, number: int) -> _Worker:
        ours, theirs = self._context.Pipe()
        level = logging.getLogger("theta").level
        process = self._context.Process(
            target=_work,
            args=(theirs, self._plan, number, self._n_workers, self._records, level),
            daemon=True,
        )
        process.start()
        theirs.close()  # so that its end is seen when the worker dies
        return _Worker(process, ours, number)

    def _replace(self, worker: _Worker) -> Record:
        """Start another process for a dead worker and return the record of its training."""
        worker.process.join()
        code = worker.process.exitcode
        how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        new = self._new_worker(worker.number)
        worker.process, worker.pipe = new.process, new.pipe
        return Record(
            "failed",
            reason=f"its process ended ({how}), perhaps for lack of memory: try fewer --workers",
            code=ThetaError.exit_code,
        )


def _work(
    pipe: Connection, plan: Plan, number: int, n_workers: int, records: Any, level: int
) -> None:
    """Train the tasks that come through a pipe, until its other end is closed."""
    # Ctrl-C reaches every process of the terminal; the search decides what becomes of its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    send_logs(records, level)
    trainer = Trainer(plan, number, n_workers)

    def ask(task: Task, eighths: int, elbo: float | None) -> Answer:
        del task
        pipe.send((eighths, elbo))
        answer: Answer = pipe.recv()
        return answer

    try:
        while True:
            pipe.send(trainer.train(pipe.recv(), ask))
    except (EOFError, BrokenPipeError, Interrupted):
        return


@contextmanager
def started(plan: Plan) -> Iterator[Engine]:
    """Yield the engine that the options ask for, and end it afterwards."""
    if plan.options.engine == "ray":
        with connected(plan.options.ray_address) as ray, closing(RayCluster(plan, ray)) as cluster:
            yield cluster
        return
    n_workers = plan.options.workers or 1
    engine: Engine = OneProcess(plan) if n_workers == 1 else Processes(plan, n_workers)
    with closing(engine):
        yield engine
