"""The same run with fewer topics: theta levels, --levels and --reduce_to."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import RunPipeline, contents, errors
from theta.cli import main as theta_command
from theta.cli import run
from theta.run import Run

RUN = Path("result/0.6B/my_dataset/zero_shot")


def table(n: int) -> list[dict[str, str]]:
    with (RUN / "levels" / f"topics_{n}.csv").open(encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def check_level(n: int) -> None:
    """Shares and θ of a level add up to those of the run."""
    rows = table(n)
    assert len(rows) == n
    with (RUN / "topics.csv").open(encoding="utf-8-sig") as handle:
        own = {row["id"]: Decimal(row["share"]) for row in csv.DictReader(handle)}
    shares, whole = np.load(RUN / "levels" / f"theta_{n}.npy"), np.load(RUN / "theta.npy")
    for row, column in zip(rows, shares.T, strict=True):
        members = row["topics"].split()
        assert Decimal(row["share"]) == sum(own[number] for number in members)
        summed = whole[:, [int(number) for number in members]].astype(np.float64).sum(axis=1)
        np.testing.assert_array_equal(column, summed.astype(np.float32))
    assert sorted(number for row in rows for number in row["topics"].split()) == sorted(own)


def test_levels_of_a_finished_run(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(RUN)
    assert theta_command.main(["levels", "--run", str(RUN), "--levels", "2,3", "--quiet"]) == 0
    assert "The tables are in" in capsys.readouterr().out
    for n in (2, 3):
        check_level(n)
    group = next(row for row in table(2) if " " in row["topics"])
    assert group["name"]
    assert group["name"] not in Run.open(RUN).names
    assert len(group["top_words"].split()) == 10
    kept = {name: content for name, content in contents(RUN).items() if "levels" not in name}
    del kept["manifest.json"], before["manifest.json"]
    assert kept == before
    assert theta_command.main(["levels", "--run", str(RUN), "--levels", "2", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert sum(group["share"] for group in record["levels"]["2"]) == pytest.approx(1, abs=1e-5)


def test_levels_of_a_training(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--skip-eval", "--levels", "2,7") == 0
    check_level(2)
    assert "--levels 7 is left out: there are 3 topics" in capsys.readouterr().err


def test_reducing_is_an_edit(finished: Path) -> None:
    before = contents(RUN)
    nodes = Run.open(RUN).hierarchy.nodes
    alike = nodes[0].topics
    theta_before = np.load(RUN / "theta.npy")
    flags = ["edit", "--run", str(RUN), "--skip_viz", "--skip_eval", "--quiet"]
    assert theta_command.main([*flags, "--reduce_to", "2"]) == 0
    edited = Run.open(RUN)
    assert set(edited.numbers) == ({0, 1, 2} - set(alike)) | {3}
    merged = theta_before[:, list(alike)].astype(np.float64).sum(axis=1).astype(np.float32)
    np.testing.assert_array_equal(edited.doc_topic[:, edited.numbers.index(3)], merged)
    assert len(edited.hierarchy.nodes) == 1
    assert run.main(["--verify", str(RUN)]) == 0
    Path("edits.yaml").write_text("- rename: {3: Both}", encoding="utf-8")
    assert theta_command.main([*flags, "edits.yaml"]) == 0
    assert "Both" in Run.open(RUN).names
    for _ in range(2):
        assert theta_command.main(["edit", "--run", str(RUN), "--undo"]) == 0
    assert contents(RUN) == before


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["levels", "--levels", "9"], "has 3 topics; name numbers from 1 to 3"),
        (["levels"], "--levels is missing"),
        (["levels", "--levels", "0"], "--levels"),
        (["edit", "--reduce_to", "3"], "reduce_to: 3 is not a number of topics from 1 to 2"),
        (["edit", "--reduce_to", "2", "--undo"], "give one of these: a YAML file of edits"),
    ],
)
def test_what_cannot_be_done(
    words: list[str], problem: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(RUN)
    assert theta_command.main([words[0], "--run", str(RUN), *words[1:]]) == 3
    (line,) = errors(capsys)
    assert problem in line
    assert contents(RUN) == before
