"""What a run was made from: settings and data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from theta.errors import InvalidOption, MissingFile
from theta.layout import ProjectPaths, RunFiles
from theta.models.base import TopicModel
from theta.models.editing.steps import Step, from_json
from theta.models.topic_count_estimate import TopicCountEstimate
from theta.options import RunOptions
from theta.run.config import (
    TOPIC_COUNT,
    model_of,
    options_from_json,
    repeat_command,
    requested_options,
    with_current_names,
)
from theta.run.folder import RunFolder
from theta.run.prepared import Prepared, load_prepared, required_dataset


class RunOrigin:
    """The settings of a run and the data it was trained on.

    Parameters
    ----------
    files : RunFiles
        Where the run is or will be stored.
    project : ProjectPaths
    folder : RunFolder, optional
        The folder it is read from; None for a run that was just trained.
    """

    def __init__(
        self, files: RunFiles, project: ProjectPaths, folder: RunFolder | None = None
    ) -> None:
        self.files = files
        self.project = project
        self.folder = folder

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The content of config.json, options under their present names."""
        assert self.folder is not None
        return with_current_names(self.folder.json(self.files.config))

    @cached_property
    def model(self) -> TopicModel:
        """The model, untrained."""
        return model_of(self.config)()

    @cached_property
    def edits(self) -> tuple[Step, ...]:
        """The edits that were made to its topics."""
        return from_json(self.config.get("edits", ()))

    @cached_property
    def options(self) -> RunOptions:
        """The options that all models share."""
        options: RunOptions = options_from_json(RunOptions, self.config["options"])
        return options

    @cached_property
    def model_options(self) -> Any:
        """The options of the model."""
        return options_from_json(self.model.Options, self.config["model_options"])

    @cached_property
    def topic_count(self) -> TopicCountEstimate | None:
        """The estimate behind the number of topics; None if the user or the model chose it."""
        record = self.config.get(TOPIC_COUNT)
        return None if record is None else TopicCountEstimate.of_record(record)

    @property
    def seed(self) -> int:
        """The seed of the training."""
        return int(self.config["seed"])

    @property
    def repeat_command(self) -> str:
        """The command that repeats the run."""
        return repeat_command(self.config)

    def require_model(self, name: str) -> None:
        """Raise `InvalidOption` unless the run is of the model `name`."""
        if self.model.name != name:
            raise InvalidOption(
                f"--models {name}: the run in {self.files.root} is of {self.model.name}; "
                f"type --models {self.model.name}"
            )

    def refuse_contradictions(self, typed: Iterable[str], requested: Any) -> None:
        """Raise `InvalidOption` if a typed model option differs from its value in training.

        Parameters
        ----------
        typed : iterable of str
            Names of the options that were typed.
        requested : dataclass
            The options of the model as resolved now.
        """
        trained = vars(self.model_options)
        # A run whose number of topics was estimated agrees with the number and with `auto`.
        as_set = {**trained, "num_topics": requested_options(self.config).get("num_topics")}
        contradictions = [
            f"--{name} {getattr(requested, name)} contradicts the run in {self.files.root}, "
            f"which was trained with {trained[name]}; leave it out or train again"
            for name in sorted(set(typed) & trained.keys())
            if getattr(requested, name) not in (trained[name], as_set[name])
        ]
        if contradictions:
            raise InvalidOption("\n".join(contradictions))

    @cached_property
    def prepared(self) -> Prepared:
        """The prepared data of the run, in their current state; see `require_current`.

        Raises
        ------
        MissingFile
            If they have not been prepared.
        """
        options = self.options
        return load_prepared(
            required_dataset(options),
            options.model_size,
            options.mode,
            self.project,
            with_embeddings="embeddings" in self.model.needs,
        )

    def changed_inputs(self, prepared: Mapping[str, str] | None = None) -> list[str]:
        """Return one clause for each input that has changed since the training.

        Parameters
        ----------
        prepared : mapping of str to str, optional
            Fingerprints of the prepared data; by default those of the loaded data.
        """
        with_embeddings = "embeddings" in self.model.needs
        if prepared is None:
            prepared = self.prepared.fingerprints(with_embeddings=with_embeddings)
        now = {n: one for n, one in prepared.items() if n != "embeddings" or with_embeddings}
        then = self.config["fingerprints"]
        return [
            f"the {name} it was trained on had the fingerprint {then.get(name)}, now {current}"
            for name, current in now.items()
            if then.get(name) != current
        ]

    def require_current(self) -> None:
        """Raise `MissingFile` if the prepared data have changed since the training."""
        changed = self.changed_inputs()
        if changed:
            problem = f"{self.files.root} is stale: {'; '.join(changed)}"
            raise MissingFile(problem, f"train it again: {self.repeat_command}")
