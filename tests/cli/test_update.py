"""--update: a run that goes on from the topics of another."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import contents, errors, themed_rows, write_csv
from theta.cli import main as theta_command
from theta.cli import prepare, run
from theta.cli.finished_run import plots
from theta.run import Run

OLD = Path("result/0.6B/my_dataset/zero_shot")
NEW = Path("result/0.6B/all/zero_shot")
QUICK = ["--epochs", "3", "--kl_warmup", "1", "--gpu", "-1", "--skip_viz", "--skip_eval"]


@pytest.fixture(scope="module")
def all_prepared(
    finished_workspace: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the finished run of my_dataset and the data set `all`, old and new, once."""
    place = tmp_path_factory.mktemp("all")
    shutil.copytree(finished_workspace, place, dirs_exist_ok=True)
    old = themed_rows(90)
    new = [{**row, "text": row["text"] + " vaccine virus clinic"} for row in themed_rows(60, 3)]
    write_csv(place / "data" / "all" / "documents.csv", [*old, *new])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("THETA_MODELS_DIR", str(models_dir))
        assert prepare.main(["--dataset", "all", "--gpu", "-1", "--quiet"]) == 0
    return place


@pytest.fixture
def place(folder: Path, all_prepared: Path) -> Path:
    """The current folder with the finished run and both data sets."""
    shutil.rmtree(folder / "data")
    shutil.copytree(all_prepared, folder, dirs_exist_ok=True)
    return folder


def update(*flags: str) -> int:
    return run.main(["--dataset", "all", "--update", str(OLD), *QUICK, *flags])


def moves() -> list[dict[str, Any]]:
    with (NEW / "topic_moves.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_topics_keep_numbers_names_and_edits(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edits = "- merge: [0, 2]\n  name: Zero and two\n- rename: {1: One}\n"
    Path("edits.yaml").write_text(edits, encoding="utf-8")
    flags = ["--run", str(OLD), "edits.yaml", "--skip_viz", "--skip_eval", "--quiet"]
    assert theta_command.main(["edit", *flags]) == 0
    before = contents(OLD)
    capsys.readouterr()
    assert update("--new_topics", "1") == 0
    shown = capsys.readouterr()
    assert contents(OLD) == before
    opened = Run.open(NEW)
    assert opened.numbers == (3, 1, 4)
    assert opened.names[:2] == ("Zero and two", "One")
    assert opened.config["model_options"]["hidden_dim"] == 16  # as in the earlier run
    old = Run.open(OLD)
    known, lost = set(opened.vocabulary) & set(old.vocabulary), set(old.vocabulary)
    assert f"{len(known)} of its {len(lost)} words are still in the vocabulary" in shown.err
    assert "3 words are new" in shown.err
    assert "the words of 2 topics have moved by" in shown.out
    assert "topic 4 " in shown.out
    by_topic = {row["topic"]: row for row in moves()}
    assert by_topic.keys() == {"3", "1", "4"}
    assert by_topic["4"]["distance"] == by_topic["4"]["share_before"] == ""
    assert float(by_topic["1"]["share_before"]) == pytest.approx(float(old.shares[1]), abs=1e-5)
    assert float(by_topic["1"]["share"]) == pytest.approx(float(opened.shares[1]), abs=1e-5)
    assert by_topic["1"]["name"] == "One"
    assert run.main(["--verify", str(NEW)]) == 0
    # New documents and further edits follow these numbers.
    Path("edits.yaml").write_text("- drop: 1\n", encoding="utf-8")
    flags = ["--run", str(NEW), "edits.yaml", "--skip_viz", "--skip_eval", "--quiet"]
    assert theta_command.main(["edit", *flags]) == 0
    assert [row["topic"] for row in moves()] == ["3", "4"]
    assert run.main(["--verify", str(NEW)]) == 0
    infer = ["--dataset", "all", "--num_topics", "3", "--gpu", "-1", "--quiet"]
    assert run.main([*infer, "--infer", "data/all", "--infer_output", "out.csv"]) == 0
    with Path("out.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    shares = [[float(row["topic_3"]), float(row["topic_4"])] for row in rows]
    np.testing.assert_allclose(shares, np.load(NEW / "theta.npy"), atol=1e-5)


def test_an_update_is_repeated_from_the_run_that_it_goes_on_from(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert update("--quiet") == 0
    assert f"--update {OLD}" in Run.open(NEW).repeat_command
    assert run.main(["--verify", str(NEW)]) == 0
    Path("edits.yaml").write_text("- rename: {1: One}\n- drop: 0\n", encoding="utf-8")
    flags = ["--run", str(OLD), "edits.yaml", "--skip_viz", "--skip_eval", "--quiet"]
    assert theta_command.main(["edit", *flags]) == 0
    capsys.readouterr()
    assert run.main(["--verify", str(NEW)]) == 1
    assert f"the run that it goes on from, {OLD}, has changed" in capsys.readouterr().out
    shutil.rmtree(OLD)
    assert run.main(["--verify", str(NEW)]) == 2
    (line,) = errors(capsys)
    assert f"--update {OLD}: there is no finished run to continue from" in line


def test_the_page_shows_the_moves(place: Path) -> None:
    assert update("--quiet", "--new_topics", "1") == 0
    assert plots(["--run", str(NEW), "--only", "report"]) == 0
    page = (NEW / "visualizations" / "report.html").read_text(encoding="utf-8")
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    shown = json.loads(found[1])["moves"]
    assert shown["run"] == str(OLD)
    assert shown["topics"][0]["distance"] is None
    distances = {str(one["topic"]): one["distance"] for one in shown["topics"][1:]}
    assert list(distances.values()) == sorted(distances.values(), reverse=True)
    written = {row["topic"]: row["distance"] for row in moves()}
    assert distances == {topic: float(written[topic]) for topic in distances}


@pytest.mark.parametrize(
    ("flags", "code", "problem"),
    [
        (["--update", "nowhere"], 2, "--update nowhere: there is no finished run to continue from"),
        (["--update", str(OLD), "--output_dir", str(OLD)], 3, "the new run would replace it"),
        (["--update", str(OLD), "--num_topics", "9"], 3, "has 3 topics and --new_topics adds 0"),
        (
            ["--update", str(OLD), "--models", "lda"],
            3,
            "lda cannot continue from the topics of a run",
        ),
        (["--update", str(OLD), "--topics", "t.txt"], 3, "--topics sets where topics start"),
        (["--update", str(OLD), "--skip_train"], 3, "--update and --skip_train exclude each other"),
        (["--update", str(OLD), "--tune"], 3, "--update and --tune exclude each other"),
        (["--new_topics", "2"], 3, "--new_topics needs --update"),
        (["--update", str(OLD), "--new_topics", "-1"], 3, "must be 0 or more"),
    ],
)
def test_bad_input_is_one_line_and_leaves_the_run_as_it_was(
    flags: list[str], code: int, problem: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(OLD)
    assert run.main(["--dataset", "all", *flags, "--skip_viz", "--quiet"]) == code
    (line,) = errors(capsys)
    assert problem in line
    assert contents(OLD) == before
    assert not NEW.exists()


def test_a_run_of_another_encoder_or_model_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nmf = ["--dataset", "all", "--models", "nmf", "--num_topics", "3", "--skip_viz", "--skip_eval"]
    assert run.main(nmf) == 0
    other = Path("result/baseline/all/nmf/K3")
    flags = ["--dataset", "all", *QUICK, "--quiet"]
    capsys.readouterr()
    assert run.main([*flags, "--update", str(other)]) == 3
    assert prepare.main(["--dataset", "all", "--gpu", "-1", "--max_length", "9", "--quiet"]) == 0
    assert run.main([*flags, "--update", str(OLD)]) == 3
    first, second = errors(capsys)
    assert "is a run of nmf, which cannot continue from its topics" in first
    assert "prepare all with the encoder and mode of the run" in second


def test_described_topics_stay_described(place: Path) -> None:
    Path("topics.txt").write_text("Sport: goal and referee\nMoney: shares\n", encoding="utf-8")
    flags = ["--dataset", "my_dataset", "--num_topics", "3", "--topics", "topics.txt", *QUICK]
    assert run.main([*flags, "--hidden_dim", "16", "--quiet"]) == 0
    assert update("--quiet") == 0
    opened = Run.open(NEW)
    assert opened.names[:2] == ("Sport", "Money")
    assert [met.description for met in opened.described] == ["goal and referee", "shares"]
    facts = json.loads((NEW / "checkpoints" / "training_history.json").read_text())["facts"]
    assert [record["topic"] for record in facts["described_topics"]] == [0, 1]
    assert run.main(["--verify", str(NEW)]) == 0
