"""A finished run, applied to a file of new documents chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from theta.corpus.documents import RowChunk
from theta.corpus.new_documents import NewDocuments
from theta.devices.threads import computing_with
from theta.embeddings.apply import TextEncoder
from theta.errors import InvalidOption
from theta.pipeline.device import device_errors
from theta.pipeline.drift import DriftMeter, DriftSums
from theta.pipeline.drift_report import DriftReport
from theta.pipeline.row_notes import NoteSums, RowNotes
from theta.pipeline.topic_table import TopicRows, TopicTable, check_user_columns
from theta.run import Run
from theta.run.labels import predict_labels
from theta.run.new_documents import transform
from theta.run.preprocessing import start_encoder


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
class Applied:
    """What is known of documents whose topics were written.

    Attributes
    ----------
    drift : DriftSums
    notes : NoteSums
    messages : sequence of str
        Notes for the user on the file.
    """

    drift: DriftSums
    notes: NoteSums
    messages: Sequence[str]


class Applier:
    """A run and its embedding model, ready for new documents.

    Parameters
    ----------
    run : Run
        A finished run.
    device : str
    threads : Threads

    Raises
    ------
    MissingFile
        If the embedding model of the run is not on this machine.
    InvalidOption
        If the model has changed.
    """

    def __init__(self, run: Run, device: str, threads: Threads) -> None:
        self._run = run
        self._device = device
        self._threads = threads
        self._encoder: TextEncoder | None = None
        if (facts := run.preprocessing.embedding) is not None:
            self._encoder = start_encoder(
                facts, run.files.adapter, run.project, device, threads.embedding_threads
            )

    def write(
        self,
        documents: NewDocuments,
        output: Path,
        progress: Callable[[int], object] = lambda n_rows: None,  # noqa: ARG005
    ) -> Applied:
        """Write the topics of documents as a table.

        Parameters
        ----------
        documents : NewDocuments
        output : Path
            Ends in the suffix of its format.
        progress : callable
            Called with the number of rows of each chunk.
        """
        run = self._run
        meter, notes = drift_meter(run), RowNotes(run)
        with (
            computing_with(self._threads.threads),
            device_errors(run.model.name, None, self._device),
            closing(TopicTable(output)) as table,
        ):
            for chunk in documents.chunks():
                table.write(self._rows(documents, chunk, meter, notes))
                progress(len(chunk))
        return Applied(meter.sums, notes.sums, documents.notes)

    def _rows(
        self, documents: NewDocuments, chunk: RowChunk, meter: DriftMeter, notes: RowNotes
    ) -> TopicRows:
        """Return the topics of a chunk of rows."""
        run = self._run
        times = chunk.times if "times" in run.model.needs else None
        covariates = {}
        if (design := run.design) is not None:
            covariates = documents.covariates(chunk, design.are_numbers, design.may_miss)
        result = transform(run, chunk.texts, self._encoder, self._device, times, covariates)
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
            fits=run.fits_of(result.inputs.embeddings, result.doc_topic),
            predictions=predict_labels(run.state, run.facts.get("labels"), result.doc_topic),
            rows=result.rows,
            oov_share=oov_share,
            known_words=counted.known,
            notes=notes.of(chunk, result),
        )


def drift_meter(run: Run) -> DriftMeter:
    """Return a meter of the drift from the corpus of a run, without documents yet."""
    shares = np.array([topic.share for topic in run.topics_by_row])
    return DriftMeter(run.preprocessing.rules, run.preprocessing.reference, run.topic_word, shares)


def drift_record(run: Run, threads: Threads, drift: DriftReport) -> dict[str, Any]:
    """Return the content of a drift file."""
    return {
        "run": str(run.files.root.absolute()),
        **threads._asdict(),
        "topics": list(run.numbers),
        "topic_names": list(run.names),
        **drift.to_json(),
    }


def open_documents(
    run: Run, path: Path, text_column: str | None, sheet: str | None
) -> NewDocuments:
    """Return the documents of a file, with the columns that a run needs.

    Raises
    ------
    MissingFile
        If it does not exist.
    InvalidOption
        If it lacks a column of the run, or has one with the name of a column to be added.
    """
    documents = NewDocuments(path, run.preprocessing.rules, text_column, sheet)
    check_user_columns(documents.columns, run.numbers, path.name)
    if "times" in run.model.needs and not documents.has_times:
        raise InvalidOption(
            f"--models {run.model.name} needs dates: {path} has no date column (its columns are "
            f"{', '.join(documents.columns)}); name the column as in the corpus, or year or date"
        )
    wanted = {} if run.design is None else run.design.are_numbers
    missing = [name for name in wanted if name not in documents.columns]
    if missing:
        raise InvalidOption(
            f"--models {run.model.name} needs the covariates it was trained with: {path} has no "
            f"column {', '.join(missing)} (its columns are {', '.join(documents.columns)}); add or "
            "rename it"
        )
    return documents
