"""What a run's tables hold."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow.csv

from tests.runs import make_run
from theta.pipeline.csv_tables import csv_cell
from theta.pipeline.keep import write_document_table
from theta.pipeline.topic_table import TopicRows, TopicTable

FORMULA = "=cmd|' /C calc'!A0"


def test_no_cell_and_no_column_name_is_run_by_a_spreadsheet(tmp_path: Path) -> None:
    run = make_run([[0.25, 0.75]], [[0.5, 0.5], [0.5, 0.5]])
    document = {"row_id": "1", FORMULA: FORMULA, "topic_1": "mine", "text": "-3"}
    path = tmp_path / "doc_topics.csv"
    write_document_table(path, run, [document])
    with path.open(encoding="utf-8-sig", newline="") as handle:
        head, row = csv.reader(handle)
    weights = ["topic_0", "topic_1", "dominant_topic", "dominant_weight"]
    assert head == ["row_id", f"'{FORMULA}", "topic_1_input", "text", *weights]
    assert row == ["1", f"'{FORMULA}", "mine", "-3", "0.250000", "0.750000", "1", "0.750000"]


def test_nor_in_the_table_of_new_documents(tmp_path: Path) -> None:
    table = TopicTable(tmp_path / "new.csv")
    table.write(
        TopicRows(
            numbers=np.arange(2, dtype=np.int32),
            names=["", FORMULA],
            columns={FORMULA: [FORMULA]},
            topics=np.array([[0.25, 0.75]], np.float32),
            fits=[FORMULA],
            predictions=None,
            rows=np.array([0]),
            oov_share=np.array([0.0]),
            known_words=np.array([3]),
            notes=[""],
        )
    )
    table.close()
    found = pyarrow.csv.read_csv(tmp_path / "new.csv")
    assert found.column_names[0] == f"'{FORMULA}"
    assert found.column(0).to_pylist() == [f"'{FORMULA}"]
    assert found.column("fits").to_pylist() == [f"'{FORMULA}"]


def test_cells_are_those_of_the_csv_module() -> None:
    rng = np.random.default_rng(0)
    cells: list[object] = ["", None, 'say "no"', "a\rb", "a\nb", "a;b\t'c'", " x ", 3, 0.5, "ß,中"]
    cells += ["".join(rng.choice(list('a ",\n\r\u2028'), 4)) for _ in range(200)]
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    assert ",".join(map(csv_cell, cells)) + "\r\n" == written.getvalue()
