"""Run a search: propose settings, train and judge them, and stop those that fall behind."""

from __future__ import annotations

import logging
import shutil
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from theta import storage
from theta.corpus.apply import require_current_rules
from theta.devices.threads import choose_threads, computing_with
from theta.errors import Interrupted, ThetaError
from theta.pipeline.make import log_to
from theta.pipeline.topic_count import estimate_for, with_embeddings
from theta.run.prepared import Prepared, load_prepared
from theta.tuning.conclusion import Conclusion, conclude, values_by_seed
from theta.tuning.draw import draw
from theta.tuning.engines import started
from theta.tuning.halving import STOPPING_RUNGS, falls_behind
from theta.tuning.journal import Journal, Trial
from theta.tuning.judge import (
    STABILITY,
    Objective,
    can_rate,
    check_judges,
    check_vocabularies,
    choose_objectives,
)
from theta.tuning.plan import RUN_DIMENSIONS, Plan
from theta.tuning.tables import describe_setting, write_result, write_trials
from theta.tuning.training import Answer, Record, Task

logger = logging.getLogger(__name__)

_TABLE_EVERY = 5.0
"""Least number of seconds between two versions of the table of trials."""


def search(plan: Plan) -> Conclusion:
    """Search for settings, or go on with a search that was interrupted.

    Parameters
    ----------
    plan : Plan

    Raises
    ------
    ThetaError
        If every trial has failed, or another process searches in the folder.
    InvalidOption
        If the folder holds a search with other options, or there is nothing to judge by.
    MissingFile
        If the data are not prepared, or have changed since the search began.
    """
    several = len(plan.datasets) > 1
    # Refuses a wrong name at once.
    choose_objectives(plan.tune.objective, len(plan.seeds), vocabularies=several)
    data = _load_data(plan)
    rated = all(can_rate(prepared) for prepared in data.values())
    objectives = choose_objectives(
        plan.tune.objective, len(plan.seeds), rated=rated, vocabularies=several
    )
    for prepared in data.values():
        require_current_rules(prepared.corpus_files)
        check_judges(objectives, prepared.corpus)
    check_vocabularies(plan.datasets, [data[place].corpus for place in data], objectives)
    if plan.asks_for_estimate:
        plan = _with_estimate(plan, next(iter(data.values())))
    fingerprints = {
        f"{name} {place}": value
        for place, prepared in data.items()
        for name, value in prepared.fingerprints(
            with_embeddings="embeddings" in plan.model.needs
        ).items()
    }
    del data, prepared
    with storage.locked(plan.files.root, wait=False):
        try:
            plan.files.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.cannot_write(plan.files.root, error) from error
        journal = Journal(plan, objectives, fingerprints)
        with log_to(plan.files.log):
            began = time.monotonic()
            running = _Search(plan, objectives, journal)
            try:
                running.run()
            finally:
                write_trials(plan.files.trials, plan, journal.trials)
            conclusion = conclude(plan, objectives, journal, time.monotonic() - began)
            write_result(plan.files, conclusion)
            if not plan.options.skip_viz:
                draw(conclusion)
            if not running.open_trials:
                shutil.rmtree(plan.files.shared, ignore_errors=True)
            return conclusion


def _load_data(plan: Plan) -> dict[str, Prepared]:
    """Return all data that the search needs, by data set, size and mode."""
    varied = {d.name: d.values for d in plan.space.dimensions}
    places = [varied.get(name) or (getattr(plan.options, name),) for name in RUN_DIMENSIONS]
    needed = "embeddings" in plan.model.needs
    several = len(plan.datasets) > 1
    return {
        # A single data set is not named: searches of earlier versions can go on.
        f"{f'{dataset} ' if several else ''}{size} {mode}": load_prepared(
            dataset, size, mode, plan.project, with_embeddings=needed
        )
        for dataset, size, mode in product(*places)
    }


def _with_estimate(plan: Plan, prepared: Prepared) -> Plan:
    """Return the plan with the estimated number of topics in place of ``auto``."""
    options = plan.options
    data = with_embeddings(prepared, options).sampled(options.train_documents)
    with computing_with(choose_threads(options.threads, prepared.corpus.n_docs)):
        return plan.with_topic_count(estimate_for(data, plan.seeds[0]))


@dataclass
class _Search:
    """The state of a running search.

    Attributes
    ----------
    open_trials : dict of int to Trial
        Trials that are not finished, by number.
    in_work : set of (int, int)
        Trial and seed of the trainings that are running.
    """

    plan: Plan
    objectives: Sequence[Objective]
    journal: Journal
    open_trials: dict[int, Trial] = field(default_factory=dict)
    in_work: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        trials = self.journal.trials
        self.open_trials = {t.number: t for t in trials if t.state == "running"}
        self._any_finished = any(trial.state == "finished" for trial in trials)
        self._table_written = time.monotonic()
        budget = self.plan.tune.seconds
        self._deadline = None if budget is None else time.monotonic() + budget
        if trials:
            logger.info(
                "Continuing the search in %s; finished trials: %d",
                self.plan.files.root,
                len(trials) - len(self.open_trials),
            )

    @property
    def _time_is_up(self) -> bool:
        return self._deadline is not None and time.monotonic() > self._deadline

    def run(self) -> None:
        """Train until the trials or the time are used up.

        Raises
        ------
        Interrupted
            If the user stopped it.
        """
        if not self.open_trials and not self._wants_more:
            return  # no need to start workers
        with started(self.plan) as engine:
            try:
                while True:
                    while engine.has_room() and (task := self._next_task()) is not None:
                        self.in_work.add((task.trial, task.seed))
                        engine.start(task)
                    if not self.in_work:
                        return
                    done, record = engine.wait(self._answer)
                    self.in_work.discard((done.trial, done.seed))
                    self._take(done, record)
            except (Interrupted, KeyboardInterrupt) as error:
                raise Interrupted(
                    f"the search in {self.plan.files.root} was interrupted; the same command goes "
                    "on with it"
                ) from error

    @property
    def _wants_more(self) -> bool:
        n_trials = self.plan.n_trials
        return n_trials is None or len(self.journal.trials) < n_trials

    def _next_task(self) -> Task | None:
        if self._time_is_up and self._any_finished:
            return None
        for trial in self.open_trials.values():
            if (seed := self._next_seed(trial)) is not None:
                return Task(trial.number, trial.setting, seed)
        if not self._wants_more or (self._time_is_up and self.open_trials):
            return None
        new = self.journal.propose()
        if new is None:
            return None
        self.open_trials[new.number] = new
        return Task(new.number, new.setting, self.plan.seeds[0])

    def _next_seed(self, trial: Trial) -> int | None:
        """Return a seed that a trial still needs; None if the others must wait for the first."""
        first = self.plan.seeds[0]
        for seed in self.plan.seeds:
            if seed in trial.records or (trial.number, seed) in self.in_work:
                continue
            if seed == first or first in trial.records or not self.plan.stops_early:
                return seed
        return None

    def _answer(self, task: Task, eighths: int, elbo: float | None) -> Answer:
        if self._time_is_up and self._any_finished:
            return "put off"
        trial = self.open_trials.get(task.trial)
        if trial is None:  # another seed of it has failed
            return "stop"
        may_stop = self.plan.stops_early and task.seed == self.plan.seeds[0]
        if not may_stop or elbo is None or eighths not in STOPPING_RUNGS:
            return "go on"
        self.journal.add_rung(trial, eighths, elbo)
        others = (other for other in self.journal.trials if other is not trial)
        return "stop" if falls_behind(trial.setting, eighths, elbo, others) else "go on"

    def _take(self, task: Task, record: Record) -> None:
        """Record the result of a training, and its trial's if that is complete."""
        trial = self.open_trials.get(task.trial)
        if trial is None or record.state == "put off":
            return
        if record.state == "finished":
            reason = self._missing_metric(record)
            if reason:
                record = Record("failed", record.seconds, reason=reason, code=ThetaError.exit_code)
        self.journal.add_record(trial, task.seed, record.as_json())
        self._log(trial, task.seed, record)
        if record.state != "finished":
            reason = (record.reason.splitlines() or [""])[0]
            self._close(trial, record.state, reason=reason)
        elif all(seed in trial.records for seed in self.plan.seeds):
            self._close(trial, "finished", self._values(trial))
        if time.monotonic() - self._table_written > _TABLE_EVERY:
            write_trials(self.plan.files.trials, self.plan, self.journal.trials)
            self._table_written = time.monotonic()

    def _close(
        self, trial: Trial, state: str, values: Sequence[float] | None = None, reason: str = ""
    ) -> None:
        self.journal.finish(trial, state, values, reason)
        del self.open_trials[trial.number]
        self._any_finished = self._any_finished or state == "finished"

    def _missing_metric(self, record: Record) -> str:
        for objective in self.objectives:
            if objective.name != STABILITY and record.metrics.get(objective.name) is None:
                return f"{objective.name}: {record.reasons.get(objective.name, 'no value')}"
        return ""

    def _values(self, trial: Trial) -> list[float]:
        by_seed = values_by_seed(trial, self.objectives)
        return [statistics.fmean(values.values()) for values in by_seed.values()]

    def _log(self, trial: Trial, seed: int, record: Record) -> None:
        total = self.plan.n_trials
        # The number in trials.csv. Several workers end trainings of several trials in any order.
        place = f"{trial.number}"
        if total is not None:
            place += f" ({len(self.journal.trials)} of {total} settings)"
        what = describe_setting(trial.setting)
        seeds = f", seed {seed}" if len(self.plan.seeds) > 1 else ""
        if record.state != "finished":
            level = logging.WARNING if record.state == "failed" else logging.INFO
            reason = (record.reason.splitlines() or [""])[0]
            logger.log(level, "Trial %s: %s%s: %s: %s", place, what, seeds, record.state, reason)
            return
        values = ", ".join(
            f"{o.name} {record.metrics[o.name]:.4g}" for o in self.objectives if o.name != STABILITY
        )
        logger.info("Trial %s: %s%s: %s, %.1f s", place, what, seeds, values, record.seconds)
