"""What a search found: the recommended setting, its reasons and what cannot be told apart."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from theta.errors import ThetaError
from theta.tuning.journal import Journal, Trial
from theta.tuning.judge import STABILITY, Objective, stability_of_seeds
from theta.tuning.noise import Noise, noise_of_seeds
from theta.tuning.plan import Plan

ENOUGH_SEEDS = 3
"""With fewer seeds it is said that a lead may be luck."""


@dataclass(frozen=True)
class Conclusion:
    """The result of a search.

    Attributes
    ----------
    plan : Plan
    objectives : tuple of Objective
    trials : sequence of Trial
    values : mapping of int to (mapping of str to float)
        Means over the seeds of each finished trial, by number and objective.
    standing : mapping of int to float
        Mean rank of each finished trial over the objectives, as a share: 1 is best in all.
    front : tuple of int
        Finished trials that no other beats in all objectives.
    recommended : Trial
    equals : tuple of int
        Trials that cannot be told apart from the recommended one.
    noise : mapping of str to Noise
        By objective; empty with one seed.
    importance : mapping of str to (mapping of str to float)
        Share of each option in the variance, by objective.
    notes : tuple of str
        What to keep in mind: edges, few seeds, failures.
    seconds : float
        Of this call.
    """

    plan: Plan
    objectives: Sequence[Objective]
    trials: Sequence[Trial]
    values: Mapping[int, Mapping[str, float]]
    standing: Mapping[int, float]
    front: Sequence[int]
    recommended: Trial
    equals: Sequence[int]
    noise: Mapping[str, Noise]
    importance: Mapping[str, Mapping[str, float]]
    notes: Sequence[str]
    seconds: float

    @property
    def finished(self) -> list[Trial]:
        """The trials that finished, in order."""
        return [trial for trial in self.trials if trial.number in self.values]

    @property
    def command(self) -> str:
        """The command that trains the recommended setting."""
        return self.plan.command(self.recommended.setting)

    @property
    def reasons(self) -> list[str]:
        """Why the setting is recommended, a sentence per objective."""
        own, n = self.values[self.recommended.number], len(self.values)
        sentences = []
        for objective in self.objectives:
            name = objective.name
            others = [values[name] for values in self.values.values()]
            better = sum((v > own[name]) == objective.higher and v != own[name] for v in others)
            best = max(others) if objective.higher else min(others)
            sentences.append(f"{name} {own[name]:.4g}: rank {better + 1} of {n} (best {best:.4g})")
        return sentences

    @property
    def ranges(self) -> dict[str, list[Any]]:
        """The values of each option among the settings that cannot be told apart, sorted."""
        return _values_among(self.trials, [self.recommended.number, *self.equals])

    @property
    def training_seconds(self) -> float:
        """Seconds of all trainings together, including those of earlier calls."""
        return sum(
            float(record["seconds"]) for trial in self.trials for record in trial.records.values()
        )


def conclude(
    plan: Plan, objectives: Sequence[Objective], journal: Journal, seconds: float
) -> Conclusion:
    """Return what a search found.

    Raises
    ------
    ThetaError
        If no trial has finished; the class is that of the first failure.
    """
    trials = journal.trials
    finished = [trial for trial in trials if trial.state == "finished"]
    if not finished:
        raise _nothing_finished(plan, trials)
    by_seed = {trial.number: values_by_seed(trial, objectives) for trial in finished}
    values = {
        number: {name: statistics.fmean(of_seed.values()) for name, of_seed in by_name.items()}
        for number, by_name in by_seed.items()
    }
    standing = _standing(values, objectives)
    recommended = max(finished, key=lambda trial: (standing[trial.number], -trial.number))
    noise = {}
    for objective in objectives:
        name = objective.name
        found = noise_of_seeds({number: by_seed[number][name] for number in by_seed})
        if found is not None:
            noise[name] = found
    own = values[recommended.number]
    equals = [
        number
        for number, others in values.items()
        if number != recommended.number
        and noise
        and all(abs(others[name] - own[name]) <= noise[name].margin for name in noise)
    ]
    return Conclusion(
        plan=plan,
        objectives=objectives,
        trials=trials,
        values=values,
        standing=standing,
        front=journal.front(),
        recommended=recommended,
        equals=equals,
        noise=noise,
        importance={o.name: journal.importance(i) for i, o in enumerate(objectives)},
        notes=_notes(plan, trials, recommended, equals),
        seconds=seconds,
    )


def values_by_seed(trial: Trial, objectives: Sequence[Objective]) -> dict[str, dict[int, float]]:
    """Return the values of a finished trial by objective and seed."""
    values: dict[str, dict[int, float]] = {}
    for objective in objectives:
        if objective.name == STABILITY:
            words = {seed: record["top_words"] for seed, record in trial.records.items()}
            values[objective.name] = stability_of_seeds(words)
        else:
            values[objective.name] = {
                seed: float(record["metrics"][objective.name])
                for seed, record in trial.records.items()
            }
    return values


def _values_among(trials: Sequence[Trial], numbers: Collection[int]) -> dict[str, list[Any]]:
    """Return the values of each option in some trials, sorted."""
    settings = [trial.setting for trial in trials if trial.number in numbers]
    return {
        name: sorted({setting[name] for setting in settings}, key=lambda v: (str(type(v)), v))
        for name in settings[0]
    }


def _standing(
    values: Mapping[int, Mapping[str, float]], objectives: Sequence[Objective]
) -> dict[int, float]:
    """Return the mean rank over the objectives as a share; equal values share a rank."""
    from scipy.stats import rankdata

    ranks = np.zeros(len(values))
    for objective in objectives:
        sign = 1 if objective.higher else -1
        ranks += rankdata([sign * of_trial[objective.name] for of_trial in values.values()])
    shares = ranks / (len(objectives) * len(values))
    return dict(zip(values, shares.tolist(), strict=True))


def _nothing_finished(plan: Plan, trials: Sequence[Trial]) -> ThetaError:
    failed = [trial for trial in trials if trial.state == "failed"]
    if not failed:
        return ThetaError(
            f"no trial has finished yet; repeat the command with more time to continue the "
            f"search in {plan.files.root}"
        )
    first = failed[0]
    codes = [record["code"] for record in first.records.values() if record["code"]]
    error = ThetaError(
        f"all {len(failed)} trials failed, the first with: {first.reason}; all reasons are in "
        f"{plan.files.trials}"
    )
    error.exit_code = codes[0] if codes else ThetaError.exit_code
    return error


def _notes(
    plan: Plan, trials: Sequence[Trial], recommended: Trial, equals: Sequence[int]
) -> list[str]:
    notes = []
    if plan.topic_count is not None:
        notes.append(f"--num_topics auto is {plan.topic_count.sentence}.")
    if len(plan.datasets) > 1:
        notes.append(
            "The vocabularies differ: perplexities cannot be compared, and coherence counts the "
            "words of each vocabulary only."
        )
    n_seeds = len(plan.seeds)
    if n_seeds < ENOUGH_SEEDS:
        one = "one seed: leads may be the luck of the seed"
        two = "two seeds: the noise of the seeds is uncertain"
        advice = "--seeds 0,1,2 tells settings apart that differ by more than the seeds do"
        notes.append(f"Each setting was trained with {one if n_seeds == 1 else two}; {advice}.")
    among = _values_among(trials, [recommended.number, *equals])
    if equals:
        count = f"{len(equals)} other settings" if len(equals) > 1 else "One other setting"
        spans = [f"{name} {_span(values)}" for name, values in among.items() if len(values) > 1]
        notes.append(f"{count} cannot be told apart from it at 95 % ({', '.join(spans)}).")
    notes += _edges(plan, among)
    unfinished = {state: sum(t.state == state for t in trials) for state in ("failed", "running")}
    if unfinished["failed"]:
        notes.append(f"{unfinished['failed']} of {len(trials)} trials failed; see trials.csv.")
    if unfinished["running"]:
        notes.append(
            f"{unfinished['running']} of {len(trials)} trials are not finished; the same command "
            "continues them."
        )
    return notes


def _span(values: Sequence[Any]) -> str:
    numeric = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    return f"{values[0]} to {values[-1]}" if numeric else ", ".join(map(str, values))


def _edges(plan: Plan, among: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return where the best value, which no other value equals, is at an end of the space."""
    notes = []
    for dimension in plan.space.dimensions:
        if dimension.ends is None or dimension.ends[0] == dimension.ends[1]:
            continue
        value, *others = among[dimension.name]
        if others:
            continue
        for end, name, beyond in zip(
            dimension.ends, ("smallest", "largest"), ("smaller", "larger"), strict=True
        ):
            if value == end:
                notes.append(
                    f"{dimension.name} {value} is the {name} value that was tried: the best may "
                    f"be {beyond}."
                )
    return notes
