"""theta relations, as a person types it."""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import errors, write_csv
from theta.cli import main as theta
from theta.cli import prepare, run
from theta.storage import read_manifest

TOPICS = 6
TRAIN = ("--dataset", "pairs", "--gpu", "-1", "--skip_eval", "--skip_viz", "--quiet")


def pairs(n: int) -> list[dict[str, str]]:
    """Documents of two themes; those about theme 0 are mostly about theme 1, too."""
    draw = random.Random(0)
    themes = [
        [f"{name}{letter}" for letter in "abcdefgh"]
        for name in ("ka", "le", "mi", "no", "pu", "ry")
    ]
    rows = []
    for i in range(n):
        first = draw.randrange(TOPICS)
        partner = {0: 1, 1: 0}.get(first)
        second = draw.randrange(TOPICS) if partner is None or draw.random() < 0.3 else partner
        chosen = draw.choices([first, second], [2, 1], k=30)
        words = [draw.choice(themes[theme]) for theme in chosen]
        rows.append({"text": " ".join(words), "cov_side": "ab"[i % 2]})
    return rows


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished run of LDA without charts, made once."""
    place = tmp_path_factory.mktemp("pairs")
    write_csv(place / "data" / "pairs" / "documents.csv", pairs(300))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert prepare.main(["--dataset", "pairs", "--model", "baseline", "--quiet"]) == 0
        assert run.main([*TRAIN, "--models", "lda", "--num_topics", str(TOPICS)]) == 0
    return place


@pytest.fixture
def trained(folder: Path, finished: Path) -> Path:
    """The current folder with that run, relative to it."""
    shutil.rmtree(folder / "data")
    shutil.copytree(finished, folder, dirs_exist_ok=True)
    return Path(f"result/baseline/pairs/lda/K{TOPICS}")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_relations_of_a_finished_run(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert theta.main(["report", str(trained)]) == 0
    capsys.readouterr()
    assert theta.main(["relations", "--run", str(trained)]) == 0
    out, _ = capsys.readouterr()
    assert "Topics that occur together (correlation, with its 95 % interval):" in out
    rows = rows_of(trained / "relations/topic_correlations.csv")
    assert len(rows) == TOPICS * (TOPICS - 1) // 2
    strongest = max(rows, key=lambda row: float(row["correlation"]))
    assert {strongest["words_a"][:2], strongest["words_b"][:2]} == {"ka", "le"}
    assert strongest["clear"] == "yes"
    assert float(strongest["low"]) > 0
    groups = rows_of(trained / "relations/topics_by_group.csv")
    assert len(groups) == 2 * TOPICS
    assert {(row["value"], row["documents"]) for row in groups} == {("a", "150"), ("b", "150")}
    assert all(float(row["low"]) <= float(row["share"]) <= float(row["high"]) for row in groups)
    assert 0 < float(groups[0]["variance_from_draws"]) < 1
    assert (trained / "visualizations/topic_network.png").exists()
    assert "relations/topic_correlations.csv" in read_manifest(trained, "")["files"]
    page = (trained / "visualizations/report.html").read_text(encoding="utf-8")
    assert '"correlations":{"method":"Correlations of the log amounts' in page
    # The page shows the intervals that hold the uncertainty of the shares.
    assert f'"low":[[{float(groups[0]["low"]):.4f}'[:14] in page


def test_json_names_the_files(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["relations", "--run", str(trained), "--shares", "model", "--json", "--quiet"]
    assert theta.main(command) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["draws"] == 25
    assert record["clear_correlations"] >= 1
    assert all(Path(path).exists() for path in record["tables"] + record["figures"])


def test_a_model_without_a_posterior_says_so(
    trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([*TRAIN, "--models", "nmf", "--num_topics", "3"]) == 0
    folder = "result/baseline/pairs/nmf/K3"
    capsys.readouterr()
    command = ["relations", "--run", folder, "--shares", "model", "--quiet"]
    assert theta.main(command) == 0
    out, err = capsys.readouterr()
    assert "nmf has no posterior of topic shares" in err
    assert "Correlations need 5 topics; there are 3" in out
    assert not (Path(folder) / "relations/topic_correlations.csv").exists()
    assert (Path(folder) / "relations/topics_by_group.csv").exists()


def test_an_edit_removes_relations_of_topics_that_are_gone(trained: Path) -> None:
    assert theta.main(["relations", "--run", str(trained), "--shares", "model", "--quiet"]) == 0
    Path("edits.yaml").write_text("- merge: [0, 1]\n", encoding="utf-8")
    assert theta.main(["edit", "--run", str(trained), "edits.yaml", "--skip_viz"]) == 0
    assert not (trained / "relations").exists()


def test_what_is_missing_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert theta.main(["relations"]) == 3
    assert "--run is missing" in errors(capsys)[0]
    rows = [{"text": row["text"]} for row in pairs(60)]
    write_csv(folder / "data" / "pairs" / "documents.csv", rows)
    assert prepare.main(["--dataset", "pairs", "--model", "baseline", "--quiet"]) == 0
    assert run.main([*TRAIN, "--models", "nmf", "--num_topics", "3"]) == 0
    assert theta.main(["relations", "--run", "result/baseline/pairs/nmf/K3"]) == 3
    (line,) = errors(capsys)
    assert "correlations need 5 topics" in line
    assert line.endswith("nor are there groups")
