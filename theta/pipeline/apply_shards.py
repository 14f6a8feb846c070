"""--infer on the shards of many documents: on several processes, or on a Ray cluster.

Each shard becomes one Parquet file in the output. Its record in the folder ``_shards`` is written
after it, and says that it is done: whatever ends the command, the next call goes on with the rest.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from theta import storage
from theta.corpus.read.shards import InputShard, cut_shards, table_name
from theta.errors import InvalidOption, NoRows
from theta.layout import DRIFT_FILE, SHARD_RECORDS, ProjectPaths
from theta.pipeline.apply import (
    Applied,
    Applier,
    Threads,
    drift_meter,
    drift_record,
    open_documents,
)
from theta.pipeline.drift import DriftSums
from theta.pipeline.drift_report import DriftReport
from theta.pipeline.row_notes import NoteSums
from theta.run import Run
from theta.storage.places import Place
from theta.workers import Engine

logger = logging.getLogger(__name__)

_SHOWN = 10
"""Most notes on shards that are shown."""


@dataclass(frozen=True)
class ShardTask:
    """What is done with every shard.

    Attributes
    ----------
    run : Path
        Folder of the finished run, which all workers see.
    project : ProjectPaths
    device : str
    threads : Threads
    text_column, sheet : str, optional
    output : Place
        Folder of the Parquet files.
    """

    run: Path
    project: ProjectPaths
    device: str
    threads: Threads
    text_column: str | None
    sheet: str | None
    output: Place

    @cached_property
    def about(self) -> str:
        """Changes with everything that the topics of a document depend on."""
        run = storage.read_manifest(self.run, "")["files"]
        return storage.fingerprint(run, self.text_column, self.sheet, list(self.threads))

    def record_of(self, shard: InputShard) -> Place:
        """Return where the record of a shard is."""
        return self.output.child(SHARD_RECORDS).child(f"{shard.name}.json")

    def table_of(self, shard: InputShard) -> Place:
        """Return where the table of a shard is."""
        return self.output.child(table_name(shard))


class ShardWorker:
    """Applies the run to one shard after the other.

    Parameters
    ----------
    task : ShardTask
    """

    def __init__(self, task: ShardTask) -> None:
        self._task = task
        self._run = Run.open(task.run, task.project)
        self._applier = Applier(self._run, task.device, task.threads)

    def __call__(self, shard: InputShard) -> Applied:
        """Write the table and then the record of a shard, and return what is in the record.

        A shard without rows has no table.
        """
        task = self._task
        try:
            with shard.local() as path, _written(task.table_of(shard)) as table:
                documents = open_documents(self._run, path, task.text_column, task.sheet)
                applied = self._applier.write(documents, table)
        except NoRows as error:
            applied = Applied(DriftSums(), NoteSums(), (str(error),))
        with _written(task.record_of(shard)) as record:
            content = {"about": task.about, "state": shard.state, **asdict(applied)}
            storage.write_json(record, content)
        return applied


def apply_to_shards(
    place: Place, task: ShardTask, run: Run, engine: Engine
) -> tuple[DriftReport, list[str]]:
    """Write the topics of the documents of a file or folder, shard by shard.

    Returns
    -------
    (DriftReport, list of str)
        The drift of all documents, also of those that an earlier call finished, and notes for the
        user. They do not depend on the order in which shards are finished.

    Raises
    ------
    MissingFile
        If there are no documents.
    InvalidOption
        If a shard cannot be read, or the output is of another run or of other documents.
    """
    shards = {shard.name: shard for shard in cut_shards(place)}
    with _only_writer(task.output):
        return _apply(shards, task, run, engine)


def _apply(
    shards: Mapping[str, InputShard], task: ShardTask, run: Run, engine: Engine
) -> tuple[DriftReport, list[str]]:
    total = _Total(run)
    done = set()
    for name, record in _records(task, shards):
        is_written = not record.applied.drift.rows or task.table_of(shards[name]).exists()
        if record.state == shards[name].state and is_written:
            total.add(name, record.applied)
            done.add(name)
    left = [shard for name, shard in shards.items() if name not in done]
    logger.info(
        "%s shards of documents, %s of them finished earlier", f"{len(shards):,}", f"{len(done):,}"
    )
    with tqdm(total=len(shards), initial=len(done), desc="Shards", disable=None, delay=2) as bar:
        for shard, applied in engine(partial(ShardWorker, task), ((s, s) for s in left)):
            total.add(shard.name, applied)
            bar.update()
    if not total.drift.sums.rows:
        raise NoRows("none of the tables of documents has a row")
    report = total.drift.report()
    with _written(task.output.child(DRIFT_FILE)) as path:
        storage.write_json(path, drift_record(run, task.threads, report))
    return report, total.notes()


class _Total:
    """The sums of all shards."""

    def __init__(self, run: Run) -> None:
        self.drift = drift_meter(run)
        self._notes = NoteSums()
        self._messages: dict[str, list[str]] = {}

    def add(self, name: str, applied: Applied) -> None:
        """Add the sums of a shard."""
        self.drift.sums += applied.drift
        self._notes += applied.notes
        if applied.messages:
            self._messages[name] = list(applied.messages)

    def notes(self) -> list[str]:
        """Return the notes for the user."""
        of_files = [
            f"{name}: {note}" for name in sorted(self._messages) for note in self._messages[name]
        ]
        shown = of_files[:_SHOWN]
        if len(of_files) > _SHOWN:
            shown.append(f"{len(of_files) - _SHOWN:,} more notes on shards are in {SHARD_RECORDS}")
        return [*shown, *self._notes.sentences()]


class _Record(NamedTuple):
    """What is recorded of a finished shard."""

    about: str
    state: str
    applied: Applied


def _records(task: ShardTask, shards: Mapping[str, InputShard]) -> Iterator[tuple[str, _Record]]:
    """Yield the records of earlier calls by the name of their shard."""
    folder = task.output.child(SHARD_RECORDS)
    if not folder.exists():
        return
    for entry in folder.files():
        name = entry.place.name.removesuffix(".json")
        if name not in shards:
            raise InvalidOption(
                f"--infer_output {task.output} holds topics of {name}, which is not among the "
                "documents (any more): name another folder, or remove this one"
            )
        with entry.place.reading() as stream:
            record = _read_record(entry.place, stream.read())
        if record.about != task.about:
            raise InvalidOption(
                f"--infer_output {task.output} holds topics of another run, or made with other "
                "options: name another folder, or remove this one"
            )
        yield name, record


def _read_record(place: Place, content: bytes) -> _Record:
    try:
        record: dict[str, Any] = json.loads(content)
        applied = Applied(
            DriftSums(**record["drift"]), NoteSums(**record["notes"]), tuple(record["messages"])
        )
        return _Record(record["about"], record["state"], applied)
    except (ValueError, KeyError, TypeError) as error:
        raise storage.Damaged(f"{place} is damaged: remove it, and repeat the command") from error


@contextmanager
def _only_writer(output: Place) -> Iterator[None]:
    """Make the folders of an output on this machine, and wait for another process that writes it.

    Object stores have neither folders nor locks.
    """
    if output.path is None:
        yield
        return
    records = output.path / SHARD_RECORDS
    with storage.locked(output.path):
        try:
            records.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise storage.cannot_write(output.path, error) from error
        for folder in (output.path, records):
            storage.remove_unfinished(folder)
        yield


@contextmanager
def _written(place: Place) -> Iterator[Path]:
    """Yield a path for a file, which is at a place afterwards: whole or not at all."""
    if place.path is not None:
        with storage.replacing_file(place.path) as new:
            yield new
        return
    with storage.scratch_folder() as scratch:
        path = scratch / place.name
        yield path
        place.put(path)
