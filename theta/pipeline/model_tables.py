"""The tables that only some models have, in the folder of the run."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from theta.contracts import ModelTable, TopicModelOutput
from theta.corpus.ledger import SPREADSHEET_ENCODING, spreadsheet_cell
from theta.layout import RunFiles
from theta.models.base import HasTables, TopicModel


def tables_of(
    model: TopicModel, output: TopicModelOutput, vocabulary: Sequence[str]
) -> list[ModelTable]:
    """Return what a model has to tell beside its topics; nothing of most models."""
    return model.tables(output, vocabulary) if isinstance(model, HasTables) else []


def write_tables(files: RunFiles, tables: Sequence[ModelTable]) -> None:
    """Write each table as CSV into the folder of a run."""
    for table in tables:
        with files.model_table(table.name).open(
            "w", newline="", encoding=SPREADSHEET_ENCODING
        ) as handle:
            writer = csv.writer(handle)
            writer.writerow(table.columns)
            writer.writerows([_cell(value) for value in row] for row in table.rows)


def _cell(value: str | int | float | None) -> str:
    if isinstance(value, str):
        return str(spreadsheet_cell(value))
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else str(value)
