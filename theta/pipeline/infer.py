"""--infer: apply a finished run to new documents."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta import storage
from theta.corpus.read import suffix_of
from theta.devices.threads import AUTO, choose_threads, embedding_threads
from theta.errors import InvalidOption
from theta.layout import DRIFT_ENDING, DRIFT_FILE, ProjectPaths, RunFiles
from theta.options import RunOptions
from theta.pipeline.apply import Applier, Threads, drift_meter, drift_record, open_documents
from theta.pipeline.apply_shards import ShardTask, apply_to_shards
from theta.pipeline.device import choose_device
from theta.pipeline.drift_report import DriftReport
from theta.pipeline.found_runs import require_run, run_files
from theta.pipeline.topic_table import check_table_path
from theta.run import Run
from theta.run.topics import Topic
from theta.storage.places import Place
from theta.workers import started

logger = logging.getLogger(__name__)

_SELECTION = frozenset({"dataset", "models", "model_size", "embedding_model", "mode", "output_dir"})
"""Options by which a run is found."""


@dataclass(frozen=True)
class InferReport:
    """The result of applying a run to new documents.

    Attributes
    ----------
    run : Path
    output : Place
        The table of topics, or the folder with a table for each shard.
    drift_file : Place
        File with `drift` as JSON.
    drift : DriftReport
    topics : sequence of Topic
        In the order of the shares in `drift`.
    threads : Threads
    """

    run: Path
    output: Place
    drift_file: Place
    drift: DriftReport
    topics: Sequence[Topic]
    threads: Threads

    def record(self) -> dict[str, Any]:
        """Return the report, ready for JSON."""
        return {
            "run": str(self.run.absolute()),
            "output": str(self.output),
            "drift_file": str(self.drift_file),
            "topics": [topic.number for topic in self.topics],
            "topic_names": [topic.name for topic in self.topics],
            "drift": self.drift.to_json(),
            **self.threads._asdict(),
        }


def infer(
    options: RunOptions,
    model_options: Mapping[str, Any],
    project: ProjectPaths,
    typed: frozenset[str] = frozenset(),
) -> InferReport:
    """Write the topics of new documents, and their drift from the corpus.

    Parameters
    ----------
    options : RunOptions
        `infer` names the file or folder.
    model_options : mapping of str to dataclass
        The options of the one chosen model.
    project : ProjectPaths
    typed : frozenset of str
        Names of the typed options, which must agree with the run.

    Raises
    ------
    MissingFile
        If the file or the finished run is missing, or another version made the run.
    InvalidOption
        If the file has no text column or no rows, or the options contradict the run.
    """
    target = find_target(options)
    if options.run is not None:
        _refuse_selection(model_options, typed)
        run = Run.open(options.run, project)
    else:
        run = _selected_run(options, model_options, project, typed)
    _check_output(target, run.files.root)
    device = choose_device(options.gpu)
    began = time.perf_counter()
    apply = _apply_to_shards if target.sharded else _apply_to_file
    threads, drift, notes = apply(run, target, options, device)
    seconds = time.perf_counter() - began
    logger.info("Inferred the topics of %s documents: %.1f s", f"{drift.documents:,}", seconds)
    for note in notes:
        logger.warning("%s", note)
    return InferReport(
        run.files.root, target.output, target.drift_file, drift, run.topics_by_row, threads
    )


def _refuse_selection(model_options: Mapping[str, Any], typed: frozenset[str]) -> None:
    """Raise `InvalidOption` if a run is named by its folder, and by other options too."""
    of_models = {name for chosen in model_options.values() for name in vars(chosen)}
    if others := sorted(typed & (_SELECTION | of_models)):
        flags = ", ".join(f"--{name}" for name in others)
        raise InvalidOption(f"--run names the run, whose options are known: leave out {flags}")


def _selected_run(
    options: RunOptions,
    model_options: Mapping[str, Any],
    project: ProjectPaths,
    typed: frozenset[str],
) -> Run:
    """Return the finished run that data set, model and the other options name."""
    name, requested, files = _select(options, model_options, project)
    words = ["python", "run_pipeline.py", "--dataset", str(options.dataset), "--models", name]
    words += ["--model_size", options.model_size, "--mode", options.mode]
    require_run(files, name, options, project, shlex.join(words))
    run = Run.open(files.root, project, fix=shlex.join(words))
    run.require_model(name)
    run.refuse_contradictions(typed, requested)
    return run


def _apply_to_file(
    run: Run, target: Target, options: RunOptions, device: str
) -> tuple[Threads, DriftReport, Sequence[str]]:
    """Write the topics of one file, or of a folder as one corpus, into one table."""
    from tqdm import tqdm

    path, output, drift_file = target.documents.path, target.output.path, target.drift_file.path
    assert path is not None
    assert output is not None
    assert drift_file is not None
    documents = open_documents(run, path, options.text_column, options.sheet)
    # As in training, so that the file of the corpus gets the topics that the training gave it.
    threads = Threads(
        choose_threads(options.threads, len(run.doc_topic)),
        None if run.preprocessing.embedding is None else embedding_threads(options.threads),
    )
    applier = Applier(run, device, threads)
    with (
        storage.replacing_file(output) as new,
        closing(tqdm(desc="Documents", unit="", disable=None, delay=2)) as bar,
    ):
        applied = applier.write(documents, new, bar.update)
    meter = drift_meter(run)
    meter.sums += applied.drift
    drift = meter.report()
    with storage.replacing_file(drift_file) as new:
        storage.write_json(new, drift_record(run, threads, drift))
    return threads, drift, [*applied.messages, *applied.notes.sentences()]


def _apply_to_shards(
    run: Run, target: Target, options: RunOptions, device: str
) -> tuple[Threads, DriftReport, Sequence[str]]:
    """Write the topics of each shard into a table of its own."""
    # Each worker has one core, unless it is asked to take more.
    n_threads = 1 if options.threads == AUTO else int(options.threads)
    threads = Threads(n_threads, None if run.preprocessing.embedding is None else n_threads)
    task = ShardTask(
        run=run.files.root.absolute(),
        project=run.project.absolute(),
        device=device,
        threads=threads,
        text_column=options.text_column,
        sheet=options.sheet,
        output=target.output,
    )
    with started(options.engine, options.ray_address, options.workers) as engine:
        drift, notes = apply_to_shards(target.documents, task, run, engine)
    return threads, drift, notes


def plan(
    options: RunOptions, model_options: Mapping[str, Any], project: ProjectPaths
) -> tuple[list[Place], list[Place]]:
    """Return the places that would be read and those that would be written."""
    root = options.run
    if root is None:
        _, _, files = _select(options, model_options, project)
        root = files.root
    target = find_target(options)
    return [Place.of(root), target.documents], [target.output, target.drift_file]


def _select(
    options: RunOptions, model_options: Mapping[str, Any], project: ProjectPaths
) -> tuple[str, Any, RunFiles]:
    """Return the model, its options as resolved now, and the run."""
    if len(model_options) != 1:
        raise InvalidOption(
            f"--infer applies one run, but --models names {', '.join(model_options)}"
        )
    ((name, chosen),) = model_options.items()
    return name, chosen, run_files(options, name, chosen, project, alone=True)


@dataclass(frozen=True)
class Target:
    """What is read and what is written.

    Attributes
    ----------
    documents : Place
    output : Place
        A table, or a folder with a table for each shard.
    sharded : bool
    """

    documents: Place
    output: Place
    sharded: bool

    @property
    def drift_file(self) -> Place:
        """Where the drift report is."""
        if self.sharded:
            return self.output.child(DRIFT_FILE)
        assert self.output.path is not None
        return Place.of(self.output.path.with_name(self.output.path.stem + DRIFT_ENDING))


def find_target(options: RunOptions) -> Target:
    """Return what is read and written, as requested or else beside the documents.

    Raises
    ------
    InvalidOption
        If the requested name has the suffix of another format, or of a table where shards are
        written.
    """
    documents = Place.of(str(options.infer))
    requested = None if options.infer_output is None else Place.of(options.infer_output)
    in_folder = requested is not None and (requested.path is None or not requested.path.suffix)
    sharded = options.engine == "ray" or documents.path is None or in_folder
    if requested is not None:
        if not sharded:
            assert requested.path is not None
            check_table_path(requested.path)
        elif not in_folder:
            raise InvalidOption(
                f"--infer_output {requested}: the topics of shards are written into a folder of "
                "Parquet files; name a folder"
            )
        return Target(documents, requested, sharded)
    path = documents.path or Path.cwd() / documents.name
    suffix = suffix_of(path)
    stem = path.name[: -len(suffix)] if suffix and not path.is_dir() else path.name
    ending = "_topics" if sharded else "_topics.csv"
    return Target(documents, Place.of(path.parent / f"{stem}{ending}"), sharded)


def _check_output(target: Target, root: Path) -> None:
    output, documents = target.output.path, target.documents.path
    same = target.output == target.documents
    if output is not None and documents is not None and output.exists() and documents.exists():
        same = output.samefile(documents)
    if same:
        raise InvalidOption(
            f"--infer_output {target.output} would overwrite the documents; name another file"
        )
    if output is not None and root.resolve() in output.resolve().parents:
        raise InvalidOption(
            f"--infer_output {output} is inside the finished run {root}, which must not change; "
            "name another folder"
        )
