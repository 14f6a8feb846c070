"""Where runs are, for commands that make them and for those that need a finished one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from theta.errors import MissingFile
from theta.layout import ProjectPaths, RunFiles
from theta.models import MODELS, REFERENCE_MODEL
from theta.models.baseline_options import AUTO
from theta.options import RunOptions, declarations
from theta.run.folder import runs_below
from theta.run.prepared import required_dataset

_SHOWN = 5


def run_files(
    options: RunOptions, model: str, model_options: Any, project: ProjectPaths, *, alone: bool
) -> RunFiles:
    """Return the files of the run of a model."""
    if options.output_dir is not None:
        return RunFiles(options.output_dir if alone else options.output_dir / model)
    dataset = required_dataset(options)
    if model == REFERENCE_MODEL:
        return project.run(dataset, options.model_size, options.mode)
    return project.baseline_run(dataset, model, getattr(model_options, "num_topics", None))


def require_run(
    files: RunFiles, model: str, options: RunOptions, project: ProjectPaths, fix: str
) -> None:
    """Raise `MissingFile` if a run is missing and others of its data set exist; list those.

    Parameters
    ----------
    files : RunFiles
        Files of the run.
    model : str
    options : RunOptions
    project : ProjectPaths
    fix : str
        The command that makes the run.
    """
    if files.manifest.is_file() or options.output_dir is not None:
        return
    dataset = str(options.dataset)
    found = [run for run in runs_below(project.result) if dataset in run.parts]
    found.sort(key=lambda run: (files.root.parent != run.parent, model not in run.parts))
    if not found:
        return
    listed = "; ".join(f"{run} ({' '.join(flags_of(run, project))})" for run in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    raise MissingFile(
        f"there is no finished run in {files.root}; there are: {listed}{more}. To make the "
        f"missing one: {fix}"
    )


def flags_of(run: Path, project: ProjectPaths) -> list[str]:
    """Return the flags that select a run, derived from its path in the result folder."""
    first, _, *rest = run.relative_to(project.result).parts
    if first != "baseline":
        return ["--model_size", first, "--mode", rest[0]]
    model, number = rest
    flags = ["--models", model]
    num_topics = number.removeprefix("K")
    if num_topics == AUTO and not _has_default(model):
        return flags
    return [*flags, "--num_topics", num_topics]


def _has_default(model: str) -> bool:
    """Return whether a model has a number of topics unless told otherwise."""
    if model not in MODELS:
        return False
    options: type = MODELS[model].Options
    declared = declarations(options).get("num_topics")
    return declared is not None and declared.default is not None
