"""--update: go on from the topics of a finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from theta.errors import InvalidOption
from theta.models import MODELS
from theta.models.base import ContinuesTopics
from theta.options import declarations
from theta.pipeline.train import Job
from theta.run import Run

_STARTS = ("topics", "seed_words")
"""Options that say where topics start, which the run to go on from says instead."""


def with_updates(jobs: Sequence[Job], typed: frozenset[str]) -> list[Job]:
    """Return the jobs with the number of topics and the settings of the run to go on from.

    Raises
    ------
    MissingFile
        If there is no finished run.
    InvalidOption
        If a model or a typed option does not go together with ``--update``.
    """
    if jobs[0].options.update is None:
        return list(jobs)
    unable = [job.model.name for job in jobs if not isinstance(job.model, ContinuesTopics)]
    if unable:
        able = [name for name, model in MODELS.items() if isinstance(model(), ContinuesTopics)]
        raise InvalidOption(
            f"--update: {', '.join(unable)} cannot continue from the topics of a run; --models can "
            f"be {', '.join(able)}"
        )
    return [_with_update(job, typed) for job in jobs]


def _with_update(job: Job, typed: frozenset[str]) -> Job:
    run, folder = job.earlier_run, job.options.update
    assert run is not None
    if run.model.name != job.model.name:
        raise InvalidOption(
            f"--update {folder} is a run of {run.model.name}: type --models {run.model.name}"
        )
    if job.files.root.resolve() == run.files.root.resolve():
        raise InvalidOption(
            f"--update {folder}: the new run would replace it; name another folder with "
            "--output_dir"
        )
    for name in _STARTS:
        if getattr(job.model_options, name) is not None:
            raise InvalidOption(
                f"--{name} sets where topics start, but with --update they start where those of "
                "the run are: leave one of them out"
            )
    total = run.num_topics + job.options.new_topics
    if "num_topics" in typed and job.model_options.num_topics != total:
        raise InvalidOption(
            f"--num_topics {job.model_options.num_topics}: {folder} has {run.num_topics} topics "
            f"and --new_topics adds {job.options.new_topics}; leave --num_topics out"
        )
    options = _inherited(job.model_options, run, typed)
    return replace(job, model_options=replace(options, num_topics=total))


def _inherited(options: Any, run: Run, typed: frozenset[str]) -> Any:
    """Return the options of a model, with the run's value of each that is at its default."""
    of_model: type = run.model.Options
    declared = declarations(of_model)
    earlier: Mapping[str, Any] = {
        field.name: getattr(run.model_options, field.name)
        for field in fields(options)
        if field.name not in typed
        and field.name not in _STARTS
        and getattr(options, field.name) == declared[field.name].default
    }
    return replace(options, **earlier)
