"""Trainings on the workers of a Ray cluster."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from theta.errors import ThetaError
from theta.libraries import first_line
from theta.tuning.plan import Plan
from theta.tuning.training import Answer, Ask, Record, Task, Trainer


class Questions:
    """An actor between the trainings, which ask whether to go on, and the search, which answers."""

    def __init__(self) -> None:
        self._asked: asyncio.Queue[tuple[int, Task, int, float | None]] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[Answer]] = {}
        self._count = 0

    async def ask(self, task: Task, eighths: int, elbo: float | None) -> Answer:
        """Return the answer to a question, once the search has given it."""
        self._count += 1
        number = self._count
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._asked.put((number, task, eighths, elbo))
        return await self._answers[number]

    async def next(self) -> tuple[int, Task, int, float | None]:
        """Return the next question, once there is one."""
        return await self._asked.get()

    async def answer(self, number: int, answer: Answer) -> None:
        """Answer a question."""
        self._answers.pop(number).set_result(answer)


class RemoteTrainer:
    """What runs on each worker.

    Parameters
    ----------
    plan : Plan
    questions : actor handle of Questions
    """

    def __init__(self, plan: Plan, questions: Any) -> None:
        import ray

        self._trainer = Trainer(plan)
        self._ask: Ask = lambda task, eighths, elbo: ray.get(
            questions.ask.remote(task, eighths, elbo)
        )

    def train(self, task: Task) -> Record:
        """Return the result of a training."""
        return self._trainer.train(task, self._ask)


class RayCluster:
    """An engine on a Ray cluster; a training whose worker is lost has failed.

    Parameters
    ----------
    plan : Plan
    ray : module

    Raises
    ------
    ThetaError
        If the cluster has no free GPU or core.
    """

    def __init__(self, plan: Plan, ray: Any) -> None:
        self._ray = ray
        # Workers have another current folder.
        self._plan = dataclasses.replace(
            plan,
            options=dataclasses.replace(plan.options, output_dir=plan.files.root.absolute()),
            project=plan.project.absolute(),
        )
        free = ray.available_resources()
        self._on_gpus = plan.options.gpu != -1 and free.get("GPU", 0) >= 1
        n_workers = int(free.get("GPU" if self._on_gpus else "CPU", 0))
        if n_workers == 0:
            raise ThetaError("the Ray cluster has no free core")
        if plan.options.workers is not None:
            n_workers = min(n_workers, plan.options.workers)
        self._questions = ray.remote(Questions).options(num_cpus=0).remote()
        self._question = self._questions.next.remote()
        self._idle = [self._new_worker() for _ in range(n_workers)]
        self._busy: dict[Any, tuple[Any, Task]] = {}

    def has_room(self) -> bool:
        """Return whether a worker is idle."""
        return bool(self._idle)

    def start(self, task: Task) -> None:
        """Give a training to an idle worker."""
        worker = self._idle.pop()
        self._busy[worker.train.remote(task)] = worker, task

    def wait(self, ask: Ask) -> tuple[Task, Record]:
        """Return the next training that ends; answer those that ask until then."""
        while True:
            ready, _ = self._ray.wait([self._question, *self._busy], num_returns=1)
            if ready[0] == self._question:
                number, task, eighths, elbo = self._ray.get(self._question)
                self._questions.answer.remote(number, ask(task, eighths, elbo))
                self._question = self._questions.next.remote()
                continue
            worker, task = self._busy.pop(ready[0])
            try:
                record = self._ray.get(ready[0])
            except self._ray.exceptions.RayActorError as error:
                worker = self._new_worker()
                reason = f"its Ray worker was lost: {first_line(error)}"
                record = Record("failed", reason=reason, code=ThetaError.exit_code)
            self._idle.append(worker)
            return task, record

    def close(self) -> None:
        """End all workers."""
        for worker in [*self._idle, *(worker for worker, _ in self._busy.values())]:
            self._ray.kill(worker)
        self._ray.kill(self._questions)

    def _new_worker(self) -> Any:
        needs = {"num_cpus": 0, "num_gpus": 1} if self._on_gpus else {"num_cpus": 1}
        return self._ray.remote(RemoteTrainer).options(**needs).remote(self._plan, self._questions)
