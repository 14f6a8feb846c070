"""Edit the topics of a finished run, or take the last edit back."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from theta import storage
from theta.devices.threads import computing_with
from theta.errors import InvalidOption
from theta.evaluation.metrics import unchanged_metrics
from theta.layout import ProjectPaths, RunFiles
from theta.models.editing.apply import edited
from theta.models.editing.read import EditReader
from theta.models.editing.steps import Step, to_json
from theta.models.hierarchy import groups_at
from theta.options import RunOptions
from theta.pipeline.device import CPU, choose_device
from theta.pipeline.found_runs import require_run, run_files
from theta.pipeline.keep import adapter_of, carry_kits, keep
from theta.pipeline.make import estimate_trends, evaluate_and_draw, log_to
from theta.pipeline.naming import carry_answers
from theta.pipeline.train import Job
from theta.run import Run
from theta.run.folder import RunFolder
from theta.run.preprocessing import Preprocessing
from theta.run.reference import make_reference

logger = logging.getLogger(__name__)


def edit(
    folder: Path,
    edits: Path | Sequence[Any],
    project: ProjectPaths,
    *,
    skip_eval: bool,
    skip_viz: bool,
) -> Run:
    """Apply edits to a finished run and replace the run.

    The run as it was is kept inside, for `undo`.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    edits : Path or sequence
        A YAML file, or its content; see `theta.models.editing.read`.
    project : ProjectPaths
    skip_eval, skip_viz : bool
        Leave out the metrics, or the charts and the page.

    Raises
    ------
    MissingFile
        If the file or the finished run is missing, or the run's corpus has changed.
    InvalidOption
        If an edit cannot be applied.
    """
    run = Run.open(folder, project)
    run.require_current()
    names = {n: name for n, name in zip(run.numbers, run.names, strict=True) if name}
    following = run.facts.get("next_topic_number", run.num_topics)
    sources = run.facts.get("topic_sources", {})
    reader = EditReader(
        run.numbers,
        names,
        run.given_names,
        run.vocabulary,
        following,
        sources,
        lambda n: [tuple(run.numbers[at] for at in g) for g in groups_at(run.hierarchy.nodes, n)],
    )
    steps = reader.read(edits) if isinstance(edits, Path) else reader.read_entries(edits)
    source = edits if isinstance(edits, Path) else "the command line"
    options = replace(run.options, skip_eval=skip_eval, skip_viz=skip_viz)
    # Looking for GPUs takes a second; only what the model has not inferred yet needs one.
    infers = not skip_eval and run.first_halves is None
    computes = infers or run.prepared.corpus.times is not None
    device = choose_device(options.gpu if computes else CPU)
    # The number of threads affects the order of sums.
    with computing_with(run.config.get("threads")):
        new = with_edits(run, steps)
        job = Job(options, run.model, run.model_options, run.prepared, run.files, device)
        assert run.folder is not None
        with run.folder.replacing() as path:
            files = RunFiles(path)
            _keep_inside(run.folder, files.before_edit)
            new.earlier_names = run.automatic_names
            with log_to(files.log):
                logger.info(
                    "Edits of %s: %d topics, now %d", source, run.num_topics, new.num_topics
                )
                new.preprocessing = _preprocessing(run, new)
                keep(new, files, run.prepared.document_rows(), adapter_of(run))
                carry_kits(run.files, files)
                estimate_trends(job, new, files)
                carry_answers(run.files, files)
                evaluate_and_draw(job, new, files)
    return new.reopened()


def edit_chosen(
    options: RunOptions, model_options: Mapping[str, Any], project: ProjectPaths
) -> Run:
    """Apply ``--edit`` to the finished run of the one chosen model.

    Parameters
    ----------
    options : RunOptions
        `edit` names the file.
    model_options : mapping of str to dataclass
        The options of the one chosen model.
    project : ProjectPaths

    Raises
    ------
    InvalidOption
        If several models are chosen, or as `edit`.
    MissingFile
        As `edit`.
    """
    if len(model_options) != 1 or options.edit is None:
        raise InvalidOption(f"--edit edits one run, but --models names {', '.join(model_options)}")
    ((name, chosen),) = model_options.items()
    files = run_files(options, name, chosen, project, alone=True)
    require_run(files, name, options, project, "python run_pipeline.py without --edit")
    return edit(
        files.root,
        options.edit,
        project,
        skip_eval=options.skip_eval,
        skip_viz=options.skip_viz,
    )


def with_edits(run: Run, steps: Sequence[Step]) -> Run:
    """Return a run with edited topics, not yet saved."""
    prepared = run.prepared
    output = edited(
        run.output,
        steps,
        run.model,
        run.model_options,
        prepared.corpus,
        prepared.embeddings,
        run.seed,
    )
    config = {**run.config, "edits": [*run.config.get("edits", ()), *to_json(steps)]}
    new = Run.fresh(run.files, run.project, config=config, prepared=prepared, output=output)
    new.first_halves = run.first_halves
    same_shares = np.array_equal(run.doc_topic, new.doc_topic)
    new.known_metrics = unchanged_metrics(run.metrics, same_shares=same_shares)
    return new


def _preprocessing(run: Run, new: Run) -> Preprocessing:
    """Return the preprocessing of a run, with the drift reference of its edited topics."""
    prepared = run.prepared
    embeddings = prepared.embeddings if "embeddings" in run.model.needs else None
    reference = make_reference(prepared.corpus, embeddings, new.doc_topic, new.topic_word)
    return replace(run.preprocessing, reference=reference)


def undo(folder: Path, project: ProjectPaths) -> Run:
    """Take the last edit of a run back: its files are again as they were before.

    Raises
    ------
    MissingFile
        If there is no finished run.
    InvalidOption
        If the run has not been edited.
    """
    now = RunFolder(folder, "python run_pipeline.py")
    before = now.files.before_edit
    if not before.is_dir():
        raise InvalidOption(f"{folder} has not been edited; there is nothing to undo")
    with now.replacing() as new:
        manifest = storage.read_manifest(before, "python run_pipeline.py")
        storage.copy_listed(before, manifest, new)
    return Run.open(folder, project)


def _keep_inside(run: RunFolder, target: Path) -> None:
    storage.copy_listed(run.files.root, run.manifest, target)
    shutil.copyfile(run.files.manifest, RunFiles(target).manifest)
