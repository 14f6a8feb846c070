"""What a search is: its space, the options it keeps, its sampler, seeds and judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from theta.errors import InvalidOption
from theta.layout import ProjectPaths, TuningFiles
from theta.models import MODELS, REFERENCE_MODEL
from theta.models.base import TopicModel
from theta.models.baseline_options import AUTO
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.options import Declaration, RunOptions, Scope, TuneOptions, declarations, in_scope
from theta.run.config import json_ready, repeat_command
from theta.run.prepared import required_dataset
from theta.storage import fingerprint
from theta.tuning.space import Setting, Space

TOPICS = "num_topics"

LARGEST_GRID = 256
"""Largest number of settings that is tried without ``--trials``."""

RUN_DIMENSIONS = ("dataset", "model_size", "mode")
"""Options of the run, besides those of the model, that can vary."""


@dataclass(frozen=True)
class Plan:
    """A search.

    Attributes
    ----------
    options : RunOptions
        The options that all trainings share.
    model_name : str
    model_options : dataclass
        The options of the model, before a setting replaces some.
    tune : TuneOptions
    space : Space
    project : ProjectPaths
    topic_count : TopicCountEstimate, optional
        The estimate that has replaced ``auto`` in `space` and `model_options`.
    """

    options: RunOptions
    model_name: str
    model_options: Any
    tune: TuneOptions
    space: Space
    project: ProjectPaths
    topic_count: TopicCountEstimate | None = None

    @property
    def asks_for_estimate(self) -> bool:
        """Whether a number of topics is to be estimated."""
        return AUTO in (getattr(self.model_options, "num_topics", None), *self._varied(TOPICS))

    def with_topic_count(self, estimate: TopicCountEstimate) -> Plan:
        """Return the search with an estimate in place of ``auto``."""
        number = estimate.number
        dimensions = []
        for one in self.space.dimensions:
            if one.name == TOPICS and AUTO in one.values:
                numbers = dict.fromkeys(number if value == AUTO else value for value in one.values)
                one = replace(one, values=tuple(numbers))
            dimensions.append(one)
        options = self.model_options
        if options.num_topics == AUTO:
            options = replace(options, num_topics=number)
        space = Space(tuple(dimensions))
        return replace(self, model_options=options, space=space, topic_count=estimate)

    def _varied(self, name: str) -> tuple[Any, ...]:
        """Return the list of an option's values; empty if it does not vary or has a range."""
        return sum((one.values for one in self.space.dimensions if one.name == name), ())

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data sets: the same texts, prepared with several vocabularies."""
        return self._varied("dataset") or (required_dataset(self.options),)

    @property
    def model(self) -> TopicModel:
        """The model, untrained."""
        return MODELS[self.model_name]()

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds with which each setting is trained."""
        return tuple(self.options.seeds or (self.options.seed,))

    @property
    def sampler(self) -> str:
        """``grid``, ``random`` or ``tpe``."""
        if self.tune.sampler is not None:
            return self.tune.sampler
        return "grid" if self.space.size is not None and self.tune.trials is None else "tpe"

    @property
    def n_trials(self) -> int | None:
        """Number of settings to try; None to stop at the time budget."""
        size, trials = self.space.size, self.tune.trials
        return size if trials is None else trials if size is None else min(trials, size)

    @property
    def stops_early(self) -> bool:
        """Whether trainings that fall behind are stopped."""
        return self.sampler != "grid"

    @cached_property
    def files(self) -> TuningFiles:
        """Where the search is saved."""
        if self.options.output_dir is not None:
            return TuningFiles(self.options.output_dir)
        dataset = "_".join(self.datasets)
        if self.model_name != REFERENCE_MODEL:
            return self.project.baseline_tuning(dataset, self.model_name)
        places = {"model_size": [self.options.model_size], "mode": [self.options.mode]}
        for name in places:
            places[name] = list(self._varied(name)) or places[name]
        size, mode = ("_".join(values) for values in places.values())
        return self.project.tuning(dataset, size, mode)

    def options_of(self, setting: Setting) -> tuple[RunOptions, Any]:
        """Return the options of a run with a setting.

        Raises
        ------
        InvalidOption
            If the values exclude each other.
        """
        of_run = {name: value for name, value in setting.items() if name in RUN_DIMENSIONS}
        of_model = {name: value for name, value in setting.items() if name not in of_run}
        return replace(self.options, **of_run), replace(self.model_options, **of_model)

    def command(self, setting: Setting) -> str:
        """Return the command that trains a setting alone."""
        options, model_options = self.options_of(setting)
        config = {
            "model": self.model_name,
            "seed": self.options.seed,
            "options": json_ready({**asdict(options), "output_dir": None}),
            "model_options": json_ready(asdict(model_options)),
        }
        seeds = self.options.seeds
        extra = "" if seeds is None else f" --seeds {','.join(map(str, seeds))}"
        return repeat_command(config) + extra

    def check(self) -> None:
        """Raise `InvalidOption` if the search is empty, has no end or is larger than was asked."""
        size, sampler, tune = self.space.size, self.sampler, self.tune
        several = [name for name in RUN_DIMENSIONS if len(self._varied(name)) > 1]
        if self.asks_for_estimate and several:
            raise InvalidOption(
                f"--num_topics auto would be another number for each --{several[0]}: type numbers; "
                "a run with --num_topics auto prints that of one"
            )
        if not self.space.dimensions:
            raise InvalidOption(
                "--tune has nothing to vary: type a list for an option, such as --num_topics "
                "10,20,30, or name a YAML file"
            )
        if size is None and sampler == "grid":
            ranges = [d.name for d in self.space.dimensions if d.listed is None]
            raise InvalidOption(
                f"--sampler grid needs lists, or ranges with a step: {', '.join(ranges)} has none"
            )
        if tune.trials is None and tune.time_budget is None:
            if size is None:
                raise InvalidOption("--tune with a range needs --trials N or --time_budget TIME")
            if size > LARGEST_GRID:
                raise InvalidOption(
                    f"--tune: the space has {size:,} settings; to try more than {LARGEST_GRID}, "
                    f"say how many: --trials {LARGEST_GRID} (or --trials {size} for all)"
                )

    def identity(
        self, fingerprints: Mapping[str, str], objectives: Sequence[str]
    ) -> dict[str, Any]:
        """Return what a search must have in common with an unfinished one to go on with it.

        Parameters
        ----------
        fingerprints : mapping of str to str
            Of the prepared data.
        objectives : sequence of str
        """
        values = json_ready({**asdict(self.options), **asdict(self.model_options)})
        return {
            "the data": fingerprint(dict(fingerprints)),
            "the space": fingerprint(self.space.record()),
            "--sampler": self.sampler,
            "the seeds": ",".join(map(str, self.seeds)),
            "--objective": ",".join(objectives),
            "--models": self.model_name,
            **{one.flag: values[one.name] for one in self._fixed()},
        }

    def before(self) -> dict[str, Any]:
        """Return the part of `identity` that holds for a search of an earlier version.

        That is, the values of the options that the version did not have.
        """
        values = {
            one.flag: one.default if one.formerly is None else one.formerly for one in self._fixed()
        }
        return dict(json_ready(values))

    def _fixed(self) -> list[Declaration]:
        """Return the options that all trainings share and that affect the result."""
        of_run = in_scope(RunOptions, Scope.COMPARE)
        of_model: type = type(self.model_options)
        shared = [one for name, one in of_run.items() if name not in ("seed", "seeds")]
        return [*shared, *declarations(of_model).values()]
