"""The trials of a search in Optuna's journal file, to which every step is appended at once.

Only the process that runs the search writes the journal, so a kill at any time loses at most the
trainings that were running.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from theta.errors import InvalidOption, MissingFile
from theta.layout import TuningFiles
from theta.storage import Damaged, cannot_write
from theta.tuning.judge import Objective
from theta.tuning.parameters import distributions, load_optuna, params_of, setting_of
from theta.tuning.plan import Plan
from theta.tuning.space import Setting

_STUDY = "search"
_IDENTITY, _RECORDS, _RUNGS, _REASON = "identity", "seed ", "rung ", "reason"

_MOST_REPEATS = 20
"""Proposals in a row that were tried before, after which one is drawn from the untried settings."""


@dataclass
class Trial:
    """A setting and what is known of it.

    Attributes
    ----------
    number : int
    setting : dict
    state : {"running", "finished", "stopped", "failed"}
    records : dict of int to mapping
        `theta.tuning.training.Record` of each finished training, by seed.
    rungs : dict of int to float
        Validation ELBO of the first seed, by finished eighths of the epochs.
    reason : str
        Why it was stopped or failed.
    """

    number: int
    setting: Setting
    state: str = "running"
    records: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    rungs: dict[int, float] = field(default_factory=dict)
    reason: str = ""


class Journal:
    """The study of a search.

    Parameters
    ----------
    plan : Plan
    objectives : sequence of Objective
    fingerprints : mapping of str to str
        Of the prepared data.

    Raises
    ------
    ThetaError
        If Optuna is not installed or the journal cannot be written.
    InvalidOption
        If the folder holds a search with other options.
    MissingFile
        If the data have changed since the search began.
    """

    def __init__(
        self, plan: Plan, objectives: Sequence[Objective], fingerprints: Mapping[str, str]
    ) -> None:
        self._optuna = load_optuna()
        self._plan = plan
        self._files = plan.files
        _drop_torn_line(self._files)
        self._storage = self._open()
        self._study = self._open_study(objectives)
        self._settle_identity(plan.identity(fingerprints, [one.name for one in objectives]))
        self._trials = {trial.number: trial for trial in self._read()}
        self._handles: dict[int, Any] = {}
        self._tried = {_key(trial.setting) for trial in self.trials}
        self._grid = iter(plan.space.settings() if plan.space.size is not None else ())

    def _open(self) -> Any:
        journal = self._optuna.storages.journal
        path = str(self._files.journal)
        with self._writing():
            # The search holds a lock on its folder, so a lock of the journal is left by a kill.
            lock = journal.JournalFileOpenLock(path)
            self._files.journal.with_name(self._files.journal.name + ".lock").unlink(
                missing_ok=True
            )
            try:
                return self._optuna.storages.JournalStorage(
                    journal.JournalFileBackend(path, lock_obj=lock)
                )
            except (ValueError, KeyError) as error:
                raise Damaged(
                    f"{self._files.journal} is damaged ({error}); remove {self._files.root} to "
                    "start the search again"
                ) from error

    def _open_study(self, objectives: Sequence[Objective]) -> Any:
        if self._storage.get_all_studies():
            return self._optuna.load_study(study_name=_STUDY, storage=self._storage)
        directions = ["maximize" if one.higher else "minimize" for one in objectives]
        with self._writing():
            return self._optuna.create_study(
                study_name=_STUDY, storage=self._storage, directions=directions
            )

    def _settle_identity(self, identity: Mapping[str, Any]) -> None:
        """Record what the search asks; refuse to go on with another one."""
        known = self._study.user_attrs.get(_IDENTITY)
        if known is None:
            with self._writing():
                self._study.set_user_attr(_IDENTITY, dict(identity))
            return
        known = {**self._plan.before(), **known}
        changed = [name for name, value in identity.items() if known.get(name) != value]
        if not changed:
            return
        way_out = f"remove {self._files.root} to start again, or choose another --output_dir"
        if changed == ["the data"]:
            raise MissingFile(
                f"{self._files.root} holds a search on other data: the prepared data have changed "
                f"since; {way_out}"
            )
        raise InvalidOption(
            f"{self._files.root} holds another search (with a difference in {', '.join(changed)}); "
            f"{way_out}"
        )

    @property
    def trials(self) -> list[Trial]:
        """All trials in order, without proposals that had been tried before."""
        return list(self._trials.values())

    def propose(self) -> Trial | None:
        """Return a new trial; None if every setting has been tried."""
        if self._plan.sampler == "grid":
            return self._propose_untried()
        for _ in range(_MOST_REPEATS):
            with self._writing():
                # Seeded by the number of the trial, so that a killed search draws the same ones.
                self._study.sampler = self._sampler(len(self._study.get_trials(deepcopy=False)))
                handle = self._study.ask(distributions(self._plan.space, self._optuna))
            setting = setting_of(handle.params, self._plan.space)
            if _key(setting) not in self._tried:
                return self._begin(handle, setting)
            with self._writing():
                self._study.tell(handle, state=self._optuna.trial.TrialState.FAIL)
        return self._propose_untried()

    def _propose_untried(self) -> Trial | None:
        for setting in self._grid:
            if _key(setting) not in self._tried:
                params = params_of(setting, self._plan.space)
                with self._writing():
                    # A kill between these two calls leaves the setting in the queue.
                    self._study.enqueue_trial(params, skip_if_exists=True)
                    handle = self._study.ask(distributions(self._plan.space, self._optuna))
                return self._begin(handle, setting)
        return None

    def _begin(self, handle: Any, setting: Setting) -> Trial:
        trial = Trial(handle.number, setting)
        self._handles[trial.number] = handle
        self._trials[trial.number] = trial
        self._tried.add(_key(setting))
        return trial

    def add_rung(self, trial: Trial, eighths: int, elbo: float) -> None:
        """Record the validation ELBO of a trial's first seed at a rung."""
        trial.rungs[eighths] = elbo
        self._set(trial, f"{_RUNGS}{eighths}", elbo)

    def add_record(self, trial: Trial, seed: int, record: Mapping[str, Any]) -> None:
        """Record a finished training."""
        trial.records[seed] = record
        self._set(trial, f"{_RECORDS}{seed}", record)

    def finish(
        self, trial: Trial, state: str, values: Sequence[float] | None = None, reason: str = ""
    ) -> None:
        """End a trial.

        Parameters
        ----------
        trial : Trial
        state : {"finished", "stopped", "failed"}
        values : sequence of float, optional
            One per objective, for a finished trial.
        reason : str
        """
        trial.state, trial.reason = state, reason
        self._set(trial, _REASON, reason)
        states = self._optuna.trial.TrialState
        optuna_state = {
            "finished": states.COMPLETE,
            "stopped": states.PRUNED,
            "failed": states.FAIL,
        }[state]
        with self._writing():
            self._study.tell(trial.number, values, state=optuna_state)
        self._handles.pop(trial.number, None)

    def front(self) -> list[int]:
        """Return the finished trials that no other beats in all objectives, by number."""
        return sorted(trial.number for trial in self._study.best_trials)

    def importance(self, objective: int) -> dict[str, float]:
        """Return the share of each option in the variance of an objective (fANOVA).

        Hutter, Hoos & Leyton-Brown (2014), "An efficient approach for assessing hyperparameter
        importance". Empty with fewer than two finished trials, or if all are equal (but for
        rounding).
        """
        study, finished = self._study, (self._optuna.trial.TrialState.COMPLETE,)
        trials = study.get_trials(deepcopy=False, states=finished)
        values = [trial.values[objective] for trial in trials]
        if not values or math.isclose(min(values), max(values), rel_tol=1e-9):
            return {}
        importance = self._optuna.importance
        shares = importance.get_param_importances(
            study,
            evaluator=importance.FanovaImportanceEvaluator(seed=0),
            target=lambda trial: trial.values[objective],
        )
        return {name: float(share) for name, share in shares.items()}

    # --- Optuna's side ---------------------------------------------------------------------

    def _sampler(self, number: int) -> Any:
        seed = self._plan.options.seed + number
        if self._plan.sampler == "random":
            return self._optuna.samplers.RandomSampler(seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", self._optuna.exceptions.ExperimentalWarning)
            return self._optuna.samplers.TPESampler(
                seed=seed, multivariate=True, constant_liar=True
            )

    def _set(self, trial: Trial, name: str, value: Any) -> None:
        with self._writing():
            if trial.number not in self._handles:  # begun by an earlier call of the program
                frozen = self._study.get_trials(deepcopy=False)[trial.number]
                self._handles[trial.number] = self._optuna.trial.Trial(
                    self._study, frozen._trial_id
                )
            self._handles[trial.number].set_user_attr(name, value)

    def _read(self) -> Iterator[Trial]:
        states = self._optuna.trial.TrialState
        names = {
            states.RUNNING: "running",
            states.COMPLETE: "finished",
            states.PRUNED: "stopped",
            states.FAIL: "failed",
        }
        for frozen in self._study.get_trials(deepcopy=False):
            known = frozen.user_attrs
            if frozen.state not in names or (frozen.state == states.FAIL and not known):
                continue  # a proposal that had been tried before
            yield Trial(
                frozen.number,
                setting_of(frozen.params, self._plan.space),
                names[frozen.state],
                _numbered(known, _RECORDS),
                _numbered(known, _RUNGS),
                known.get(_REASON, ""),
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise cannot_write(self._files.journal, error) from error


def _drop_torn_line(files: TuningFiles) -> None:
    """Remove an incomplete last line, which a kill or a full disk left."""
    if not files.journal.exists():
        return
    content = files.journal.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with files.journal.open("r+b") as handle:
            handle.truncate(len(whole))


def _key(setting: Setting) -> str:
    return repr(sorted(setting.items()))


def _numbered(attributes: Mapping[str, Any], prefix: str) -> dict[int, Any]:
    return {
        int(name.removeprefix(prefix)): value
        for name, value in attributes.items()
        if name.startswith(prefix)
    }
