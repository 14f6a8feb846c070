"""--infer: apply a finished run to a file of new documents."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta import storage
from theta.corpus.documents import RowChunk
from theta.corpus.new_documents import NewDocuments
from theta.corpus.read import suffix_of
from theta.devices.threads import choose_threads, computing_with, embedding_threads
from theta.errors import InvalidOption
from theta.layout import DRIFT_ENDING, ProjectPaths, RunFiles
from theta.options import RunOptions
from theta.pipeline.device import choose_device, device_errors
from theta.pipeline.drift import DriftMeter, DriftReport
from theta.pipeline.found_runs import require_run
from theta.pipeline.row_notes import RowNotes
from theta.pipeline.run import run_files
from theta.pipeline.topic_table import TopicRows, TopicTable, check_table_path, check_user_columns
from theta.run import Run
from theta.run.labels import predict_labels
from theta.run.new_documents import transform
from theta.run.preprocessing import start_encoder
from theta.run.topics import Topic

if TYPE_CHECKING:
    from theta.embeddings.apply import TextEncoder

logger = logging.getLogger(__name__)


class Threads(NamedTuple):
    """Numbers of CPU threads.

    Attributes
    ----------
    threads : int
        Of the topic model.
    embedding_threads : int or None
        Of the embedding model; None if the topic model reads no embeddings.
    """

    threads: int
    embedding_threads: int | None


@dataclass(frozen=True)
class InferReport:
    """The result of applying a run to a file of new documents.

    Attributes
    ----------
    run : Path
    output : Path
        The table of topics.
    drift_file : Path
        File with `drift` as JSON.
    drift : DriftReport
    topics : sequence of Topic
        In the order of the shares in `drift`.
    threads : Threads
    """

    run: Path
    output: Path
    drift_file: Path
    drift: DriftReport
    topics: Sequence[Topic]
    threads: Threads

    def record(self) -> dict[str, Any]:
        """Return the report, ready for JSON."""
        return {
            "run": str(self.run.absolute()),
            "output": str(self.output.absolute()),
            "drift_file": str(self.drift_file.absolute()),
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
    """Write the topics of new documents, chunk by chunk, and their drift from the corpus.

    Parameters
    ----------
    options : RunOptions
        `infer` names the file.
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
    path, name, requested, files = _select(options, model_options, project)
    words = ["python", "run_pipeline.py", "--dataset", str(options.dataset), "--models", name]
    words += ["--model_size", options.model_size, "--mode", options.mode]
    require_run(files, name, options, project, shlex.join(words))
    run = Run.open(files.root, project, fix=shlex.join(words))
    run.require_model(name)
    run.refuse_contradictions(typed, requested)
    output = output_path(path, options.infer_output)
    _check_output(path, output, files.root)
    documents = NewDocuments(path, run.preprocessing.rules, options.text_column, options.sheet)
    check_user_columns(documents.columns, run.numbers, path.name)
    _require_times(run, documents, path)
    _require_covariates(run, documents, path)
    device = choose_device(options.gpu)
    notes = RowNotes(run)
    facts = run.preprocessing.embedding
    encoder = None
    # As in training, so that the file of the corpus gets the topics that the training gave it.
    threads = Threads(choose_threads(options.threads, len(run.doc_topic)), None)
    if facts is not None:
        threads = threads._replace(embedding_threads=embedding_threads(options.threads))
        encoder = start_encoder(
            facts, run.files.adapter, project, device, threads.embedding_threads
        )
    with computing_with(threads.threads), device_errors(name, None, device):
        drift = _write(run, documents, output, encoder, device, notes)
    drift_file = drift_path(output)
    with storage.replacing_file(drift_file) as new:
        record = {"run": str(files.root.absolute()), **threads._asdict()}
        record |= {"topics": list(run.numbers), "topic_names": list(run.names)}
        record |= drift.to_json()
        storage.write_json(new, record)
    for note in [*documents.notes, *notes.sentences()]:
        logger.warning("%s", note)
    return InferReport(files.root, output, drift_file, drift, run.topics_by_row, threads)


def plan(
    options: RunOptions, model_options: Mapping[str, Any], project: ProjectPaths
) -> tuple[list[Path], list[Path]]:
    """Return the paths that would be read and those that would be written."""
    path, _, _, files = _select(options, model_options, project)
    output = output_path(path, options.infer_output)
    return [files.root, path], [output, drift_path(output)]


def _select(
    options: RunOptions, model_options: Mapping[str, Any], project: ProjectPaths
) -> tuple[Path, str, Any, RunFiles]:
    """Return the file of documents, the model, its options as resolved now, and the run."""
    if len(model_options) != 1 or options.infer is None:
        raise InvalidOption(
            f"--infer applies one run, but --models names {', '.join(model_options)}"
        )
    ((name, chosen),) = model_options.items()
    return options.infer, name, chosen, run_files(options, name, chosen, project, alone=True)


def output_path(path: Path, requested: Path | None) -> Path:
    """Return the path of the table: as requested, or else beside the documents.

    Raises
    ------
    InvalidOption
        If the suffix of the requested name is not a supported format.
    """
    if requested is not None:
        check_table_path(requested)
        return requested
    suffix = suffix_of(path)
    stem = path.name[: -len(suffix)] if suffix and path.is_file() else path.name
    return path.absolute().parent / f"{stem}_topics.csv"


def drift_path(output: Path) -> Path:
    """Return the path of the drift report of a table."""
    return output.with_name(output.stem + DRIFT_ENDING)


def _check_output(path: Path, output: Path, root: Path) -> None:
    if output.exists() and path.exists() and output.samefile(path):
        raise InvalidOption(
            f"--infer_output {output} would overwrite the documents; name another file"
        )
    if root.resolve() in output.resolve().parents:
        raise InvalidOption(
            f"--infer_output {output} is inside the finished run {root}, which must not change; "
            "name another folder"
        )


def _require_times(run: Run, documents: NewDocuments, path: Path) -> None:
    if "times" in run.model.needs and not documents.has_times:
        raise InvalidOption(
            f"--models {run.model.name} needs dates: {path} has no date column (its columns are "
            f"{', '.join(documents.columns)}); name the column as in the corpus, or year or date"
        )


def _require_covariates(run: Run, documents: NewDocuments, path: Path) -> None:
    wanted = {} if run.design is None else run.design.are_numbers
    missing = [name for name in wanted if name not in documents.columns]
    if missing:
        raise InvalidOption(
            f"--models {run.model.name} needs the covariates it was trained with: {path} has no "
            f"column {', '.join(missing)} (its columns are {', '.join(documents.columns)}); add or "
            "rename it"
        )


def _write(
    run: Run,
    documents: NewDocuments,
    output: Path,
    encoder: TextEncoder | None,
    device: str,
    notes: RowNotes,
) -> DriftReport:
    from tqdm import tqdm

    began = time.perf_counter()
    shares = np.array([topic.share for topic in run.topics_by_row])
    meter = DriftMeter(run.preprocessing.rules, run.preprocessing.reference, run.topic_word, shares)
    with (
        storage.replacing_file(output) as new,
        closing(TopicTable(new)) as table,
        closing(tqdm(desc="Documents", unit="", disable=None, delay=2)) as bar,
    ):
        for chunk in documents.chunks():
            table.write(_rows(run, documents, chunk, encoder, device, meter, notes))
            bar.update(len(chunk))
    report = meter.report()
    seconds = time.perf_counter() - began
    logger.info("Inferred the topics of %s documents: %.1f s", f"{report.documents:,}", seconds)
    return report


def _rows(
    run: Run,
    documents: NewDocuments,
    chunk: RowChunk,
    encoder: TextEncoder | None,
    device: str,
    meter: DriftMeter,
    notes: RowNotes,
) -> TopicRows:
    """Return the topics of a chunk of rows."""
    times = chunk.times if "times" in run.model.needs else None
    covariates = {}
    if (design := run.design) is not None:
        covariates = documents.covariates(chunk, design.are_numbers, design.may_miss)
    result = transform(run, chunk.texts, encoder, device, times, covariates)
    counted = result.counted
    meter.add_rows(len(chunk), sum(chunk.bad))
    meter.add(
        [counted.texts[row] for row in result.rows.tolist()],
        result.inputs,
        counted.candidates[result.rows],
        result.doc_topic,
    )
    with np.errstate(invalid="ignore"):
        oov_share = 1 - counted.known / counted.candidates
    return TopicRows(
        numbers=np.array(run.numbers, dtype=np.int32),
        names=run.names,
        columns=documents.values(chunk),
        topics=result.all_rows(),
        predictions=predict_labels(run.state, run.facts.get("labels"), result.doc_topic),
        rows=result.rows,
        oov_share=oov_share,
        known_words=counted.known,
        notes=notes.of(chunk, result),
    )
