"""Topics that are no use: flagged on the console, on the page, in topics.csv and in the record."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import themed_rows, write_csv
from theta.cli import finished_run, prepare, run
from theta.run import Run

NMF = Path("result/baseline/my_dataset/nmf/K4")
SIGNATURE = "Regards Wilhelmina Fitzgerald quondam esquire laboratory marsupials peregrine"


@pytest.fixture
def signed(folder: Path) -> Path:
    """The current folder with 120 documents of three themes, a third of them signed."""
    rows = themed_rows(120)
    for at, row in enumerate(rows):
        if at % 4 == 0:
            row["text"] = f"report {at}\n{SIGNATURE}"
    write_csv(folder / "data" / "my_dataset" / "documents.csv", rows)
    assert prepare.main(["--dataset", "my_dataset", "--model", "baseline", "--quiet"]) == 0
    return folder


def flags_in_table(root: Path) -> dict[int, str]:
    with (root / "topics.csv").open(encoding="utf-8-sig") as handle:
        return {int(row["id"]): row["flags"] for row in csv.DictReader(handle)}


def test_a_signature_is_flagged_everywhere_and_its_edit_cures_it(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--dataset", "my_dataset", "--models", "nmf", "--num_topics", "4", "--gpu", "-1"]
    assert run.main([*flags, "--quiet"]) == 0
    (warning,) = [line for line in capsys.readouterr().err.splitlines() if "is made of" in line]
    (number,) = [number for number, flag in flags_in_table(NMF).items() if flag]
    assert warning.startswith(f"warning: topic {number} is made of repeated text: ")
    assert f'"{SIGNATURE[:60]}' in warning
    assert "in 30 of 30 documents" in warning
    assert f'; try theta edit with "- drop: {number}" or prepare_data.py --drop_' in warning
    assert flags_in_table(NMF)[number] == "repeated_text"
    history = json.loads((NMF / "checkpoints" / "training_history.json").read_text())
    (record,) = history["health"]["topics"]
    assert (record["name"], record["edit"]) == ("repeated_text", {"drop": number})
    page = (NMF / "visualizations" / "report.html").read_text(encoding="utf-8")
    assert f"topic {number} is made of repeated text" in page
    assert [flag.record() for flag in Run.open(NMF).topic_flags] == [record]

    Path("edits.yaml").write_text(f"- drop: {number}\n")
    edits = ["--run", str(NMF), "edits.yaml", "--skip_viz", "--skip_eval", "--quiet"]
    assert finished_run.edit(edits) == 0
    assert "is made of" not in capsys.readouterr().err
    assert flags_in_table(NMF) == {n: "" for n in range(4) if n != number}
