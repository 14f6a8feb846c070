"""One training of a search: a setting with a seed, trained and judged."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, NamedTuple

from theta.devices.threads import available_cores, choose_threads, computing_with
from theta.errors import Interrupted, ModelCrashed, ThetaError
from theta.layout import RunFiles
from theta.options import RunOptions
from theta.pipeline.device import choose_device, count_gpus, device_errors
from theta.pipeline.evaluate import values_of
from theta.pipeline.failures import failing_alone
from theta.pipeline.needs import check_data, check_training
from theta.pipeline.train import Job, train
from theta.run.prepared import Prepared, load_prepared, required_dataset
from theta.storage import checksum
from theta.tuning.judge import (
    COMPARED_WORDS,
    HALVES,
    HeldOutDocuments,
    agreement,
    judge,
)
from theta.tuning.plan import Plan
from theta.tuning.shared import SharedArrays
from theta.tuning.space import Setting

RUNGS = 8
"""A training reports after each eighth of its epochs."""

Answer = Literal["go on", "stop", "put off"]
"""Whether a training goes on, has fallen behind, or has no time left in this call."""


class Task(NamedTuple):
    """A training to be done.

    Attributes
    ----------
    trial : int
        Number of the setting.
    setting : dict
    seed : int
    """

    trial: int
    setting: Setting
    seed: int


Ask = Callable[[Task, int, float | None], Answer]
"""Called with a task, the number of finished eighths and the validation ELBO."""


@dataclass(frozen=True)
class Record:
    """The result of a training, ready for JSON.

    Attributes
    ----------
    state : {"finished", "stopped", "failed", "put off"}
    seconds : float
    metrics : mapping of str to (float or None)
        On the test documents.
    reasons : mapping of str to str
        Why a metric has no value.
    epochs : int
        Epochs trained.
    top_words : (num_topics, n_top) nested list of int
    topics : str
        sha256 of θ and β.
    reason : str
        Why the training failed or was stopped.
    code : int
        Exit code of the failure.
    """

    state: str
    seconds: float = 0.0
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    epochs: int = 0
    top_words: list[list[int]] = field(default_factory=list)
    topics: str = ""
    reason: str = ""
    code: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the record as a mapping."""
        return asdict(self)


class _Ended(ThetaError):
    """Ends a training whose answer was not to go on."""

    def __init__(self, answer: Answer, epochs: int) -> None:
        super().__init__(answer)
        self.answer, self.epochs = answer, epochs


class Trainer:
    """Trains and judges settings; holds the data that they share.

    Parameters
    ----------
    plan : Plan
    worker : int
        Number of this process: with several GPUs, worker i trains on GPU i modulo their number.
    n_workers : int
    """

    def __init__(self, plan: Plan, worker: int = 0, n_workers: int = 1) -> None:
        self._plan = plan
        self._n_workers = n_workers
        gpu = plan.options.gpu
        n_gpus = count_gpus() if gpu is None else 0
        self._device = choose_device(worker % n_gpus if n_gpus else gpu)
        self._data: dict[tuple[str, str, str], tuple[Prepared, HeldOutDocuments]] = {}
        self._shared = SharedArrays(plan.files.shared)

    def train(self, task: Task, ask: Ask) -> Record:
        """Return the result of a training; a failure is a result too."""
        began = time.perf_counter()

        def spent() -> float:
            return round(time.perf_counter() - began, 3)

        try:
            with _without_details(), failing_alone(self._plan.model_name, alone=False):
                return replace(self._train(task, ask), seconds=spent())
        except _Ended as ended:
            state = "stopped" if ended.answer == "stop" else "put off"
            reason = f"behind after {ended.epochs} epochs" if state == "stopped" else ""
            return Record(state, spent(), epochs=ended.epochs, reason=reason)
        except Interrupted:
            raise
        except ModelCrashed as error:
            return Record("failed", spent(), reason=f"{error}\n{error.report}", code=1)
        except ThetaError as error:
            return Record("failed", spent(), reason=str(error), code=error.exit_code)

    def _train(self, task: Task, ask: Ask) -> Record:
        options, model_options = self._plan.options_of(task.setting)
        options = replace(options, seed=task.seed, seeds=None, quiet=True)
        prepared, test = self._load(options)
        job = Job(
            replace(options, threads=self._threads(prepared)),
            self._plan.model,
            model_options,
            prepared,
            RunFiles(self._plan.files.root),
            self._device,
            after_epoch=_reporter(task, ask, getattr(model_options, "epochs", 0)),
            reuse=self._shared,
        )
        check_data(job.model, prepared)
        check_training(job)
        unfinished = self._plan.files.unfinished_training(task.trial, task.seed)
        checkpoints = {task.seed: unfinished} if options.checkpoint_every else {}
        with (
            computing_with(job.threads),
            device_errors(job.model.name, model_options, self._device),
        ):
            (run,) = train(job, checkpoints)
            metrics = judge(run, test, self._device)
            measured = values_of(metrics)
            if HALVES in self._plan.tune.objective:
                measured = {**measured, HALVES: self._agreement_of_halves(job)}
        unfinished.unlink(missing_ok=True)
        output = run.output
        return Record(
            "finished",
            metrics=measured,
            reasons={metric.name: str(metric.reason) for metric in metrics if metric.reason},
            epochs=len(output.history),
            top_words=output.top_words(COMPARED_WORDS).tolist(),
            topics=checksum({"theta": output.doc_topic, "beta": output.topic_word}, {}),
        )

    def _agreement_of_halves(self, job: Job) -> float:
        """Train on each half of the training documents and compare their topics."""
        words = []
        for second in (False, True):
            half = job.prepared.half(job.options.seed, second=second)
            (run,) = train(replace(job, prepared=half, after_epoch=_go_on), {})
            words.append(run.output.top_words(COMPARED_WORDS))
        return agreement(*words)

    def _threads(self, prepared: Prepared) -> int:
        """Return the number of threads of a training: a fair share of the cores.

        It is what the run typed alone would take, unless the workers have fewer cores each.
        """
        threads = choose_threads(self._plan.options.threads, prepared.corpus.n_docs)
        if self._plan.options.threads != "auto":
            return threads
        return min(threads, max(1, available_cores() // self._n_workers))

    def _load(self, options: RunOptions) -> tuple[Prepared, HeldOutDocuments]:
        place = required_dataset(options), options.model_size, options.mode
        if place not in self._data:
            needed = "embeddings" in self._plan.model.needs
            prepared = load_prepared(*place, self._plan.project, with_embeddings=needed)
            self._data[place] = prepared, HeldOutDocuments.of(prepared.corpus)
        return self._data[place]


@contextmanager
def _without_details() -> Iterator[None]:
    """Leave out what a single run reports of its data and training, except with --verbose."""
    if logging.getLogger("theta").isEnabledFor(logging.DEBUG):
        yield
        return
    loggers = [logging.getLogger(f"theta.{part}") for part in ("run", "pipeline", "models")]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger in loggers:
            logger.setLevel(logging.NOTSET)


def _go_on(entry: Mapping[str, Any]) -> None:
    """Report nothing."""
    del entry


def _reporter(task: Task, ask: Ask, epochs: int) -> Callable[[Mapping[str, Any]], None]:
    """Return the function that asks after each eighth of the epochs whether to go on."""

    def report(entry: Mapping[str, Any]) -> None:
        done = int(entry["epoch"])
        eighths = done * RUNGS // epochs
        if eighths == (done - 1) * RUNGS // epochs or done == epochs:
            return
        answer = ask(task, eighths, entry["validation_elbo"])
        if answer != "go on":
            raise _Ended(answer, done)

    return report
