"""The table of new documents: the user's columns, then the topics of each document."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from theta.corpus.ledger import spreadsheet_cell
from theta.errors import InvalidOption
from theta.run.labels import Predictions

DOMINANT, DOMINANT_NAME, FITS, LABEL, PROBABILITY, OOV, KNOWN, NOTE = (
    "dominant_topic",
    "dominant_topic_name",
    "fits",
    "predicted_label",
    "predicted_probability",
    "oov_share",
    "known_words",
    "note",
)

SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class TopicRows:
    """The topics of some rows.

    Attributes
    ----------
    numbers : (num_topics,) int
        The numbers of the topics.
    names : sequence of str
        The names of the topics; all empty if they have none.
    columns : mapping of str to sequence of str
        The user's columns.
    topics : (n_rows, num_topics) float32
        NaN in rows without topics.
    fits : sequence of str, optional
        The described topic that each document in `rows` fits, empty for none; None if no topic of
        the run is described.
    predictions : Predictions, optional
        Labels of the documents in `rows`, if the run is supervised.
    rows : (n_docs,) int
        The rows that have topics.
    oov_share : (n_rows,) float
        Share of the words outside the vocabulary; NaN in rows without words.
    known_words : (n_rows,) int
    notes : sequence of str
    """

    numbers: NDArray[np.int32]
    names: Sequence[str]
    columns: Mapping[str, Sequence[str]]
    topics: NDArray[np.float32]
    fits: Sequence[str] | None
    predictions: Predictions | None
    rows: NDArray[np.intp]
    oov_share: NDArray[np.float64]
    known_words: NDArray[np.int64]
    notes: Sequence[str]


def topic_columns(numbers: Iterable[int]) -> list[str]:
    """Return the names of the columns of topic weights, by the numbers of the topics."""
    return [f"topic_{number}" for number in numbers]


def check_table_path(path: Path) -> None:
    """Raise `InvalidOption` unless the suffix is that of a supported format."""
    if path.suffix.lower() not in SUFFIXES:
        raise InvalidOption(f"--infer_output {path} must end in {' or '.join(SUFFIXES)}")


def check_user_columns(names: Sequence[str], numbers: Sequence[int], table: str) -> None:
    """Raise `InvalidOption` if one of the user's columns has the name of an added column."""
    own = (DOMINANT, DOMINANT_NAME, FITS, LABEL, PROBABILITY, OOV, KNOWN, NOTE)
    added = {*topic_columns(numbers), *own}
    taken = [name for name in names if name in added]
    if taken:
        raise InvalidOption(
            f"{table} already has columns that would be added: {', '.join(taken[:5])}; "
            "rename or remove them"
        )


class TopicTable:
    """A CSV or Parquet file, chosen by its suffix, that is written in chunks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_csv = path.suffix.lower() == ".csv"
        self._writer: Any = None
        self._handle: IO[bytes] | None = None

    def write(self, rows: TopicRows) -> None:
        """Append rows."""
        table = self._arrow(rows)
        if self._writer is None:
            self._writer = self._open(table.schema)
        self._writer.write_table(table)

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
        if self._handle is not None:
            self._handle.close()

    def _open(self, schema: Any) -> Any:
        import pyarrow.csv
        import pyarrow.parquet

        if self._is_csv:
            self._handle = self._path.open("wb")
            self._handle.write(codecs.BOM_UTF8)  # without it Excel reads the text as Latin-1
            return pyarrow.csv.CSVWriter(self._handle, schema)
        return pyarrow.parquet.ParquetWriter(self._path, schema, compression="zstd")

    def _arrow(self, rows: TopicRows) -> Any:
        import pyarrow

        text = pyarrow.string()
        columns: dict[str, Any] = {}
        for name, values in rows.columns.items():
            # A spreadsheet executes cells that look like formulas; Parquet is not opened by one.
            if self._is_csv:
                name, values = spreadsheet_cell(name), list(map(spreadsheet_cell, values))
            columns[name] = pyarrow.array(values, text)
        for name, weights in zip(
            topic_columns(rows.numbers), np.ascontiguousarray(rows.topics.T), strict=True
        ):
            columns[name] = pyarrow.array(weights, from_pandas=True)
        absent = np.isnan(rows.topics).any(axis=1)
        dominant = rows.topics.argmax(axis=1)
        columns[DOMINANT] = pyarrow.array(rows.numbers[dominant], mask=absent)
        if any(rows.names):
            names = list(map(spreadsheet_cell, rows.names)) if self._is_csv else list(rows.names)
            named = [names[k] for k in dominant.tolist()]
            columns[DOMINANT_NAME] = pyarrow.array(named, text, mask=absent)
        if rows.fits is not None:
            fits: list[str | None] = [None] * len(rows.notes)
            for row, name in zip(rows.rows.tolist(), rows.fits, strict=True):
                fits[row] = spreadsheet_cell(name) if self._is_csv else name
            columns[FITS] = pyarrow.array(fits, text)
        if rows.predictions is not None:
            labels: list[str | None] = [None] * len(rows.notes)
            for row, label in zip(rows.rows.tolist(), rows.predictions.labels, strict=True):
                labels[row] = label
            probabilities = np.full(len(labels), np.nan, dtype=np.float32)
            probabilities[rows.rows] = rows.predictions.probabilities
            columns[LABEL] = pyarrow.array(labels, text)
            columns[PROBABILITY] = pyarrow.array(probabilities, from_pandas=True)
        columns[OOV] = pyarrow.array(rows.oov_share.astype(np.float32), from_pandas=True)
        columns[KNOWN] = pyarrow.array(rows.known_words.astype(np.int32))
        columns[NOTE] = pyarrow.array(rows.notes, text)
        return pyarrow.table(columns)
