"""theta edit: every file follows, and undo gives the bytes from before."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import QUICK, RunPipeline, contents, errors
from theta import THETA
from theta.cli import main as theta_command
from theta.cli import run
from theta.errors import ThetaError
from theta.pipeline.edit import with_edits
from theta.run import Run

RUN = Path("result/0.6B/my_dataset/zero_shot")


def edit(text: str, *flags: str) -> int:
    Path("edits.yaml").write_text(text, encoding="utf-8")
    return theta_command.main(["edit", "--run", str(RUN), "edits.yaml", "--skip_viz", *flags])


def test_an_edit_is_true_in_every_file_and_can_be_undone(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(RUN)
    name_before = Run.open(RUN).names[1]
    theta_before = np.load(RUN / "theta.npy")
    assert edit("- merge: [0, 2]\n  name: Zero and two", "--quiet") == 0
    assert "Topic 3 is made of topics 0, 2" in capsys.readouterr().out
    shares = np.load(RUN / "theta.npy")
    np.testing.assert_allclose(shares[:, 0], theta_before[:, [0, 2]].sum(axis=1), rtol=1e-6)
    with (RUN / "topics.csv").open(encoding="utf-8-sig") as handle:
        topics = {row["id"]: row for row in csv.DictReader(handle)}
    assert topics["3"]["name"] == "Zero and two"
    assert topics["3"]["name_source"] == "given"
    # The name that the program found stays with its topic.
    assert topics["1"]["name"] == name_before
    assert set(topics) == {"1", "3"}
    with (RUN / "doc_topics.csv").open(encoding="utf-8-sig") as handle:
        (first, *_) = csv.DictReader(handle)
    assert float(first["topic_3"]) == pytest.approx(shares[0, 0], abs=1e-6)
    assert first["dominant_topic"] in ("3", "1")
    recorded = json.loads((RUN / "metrics" / "evaluation_results.json").read_text(encoding="utf-8"))
    assert recorded["num_topics"] == 2

    # Editing twice composes, new documents follow, and the run still repeats.
    assert edit("- rename: {1: One}\n- order: [One]", "--skip_eval", "--quiet") == 0
    flags = ["--dataset", "my_dataset", "--num_topics", "3", "--gpu", "-1", "--quiet"]
    assert run.main([*flags, "--infer", "new.csv", "--infer_output", "out.csv"]) == 0
    with Path("out.csv").open(encoding="utf-8-sig") as handle:
        header = csv.DictReader(handle).fieldnames
    assert header is not None
    assert [name for name in header if name.startswith("topic_")] == ["topic_1", "topic_3"]
    assert Run.open(RUN).names == ("One", "Zero and two")
    assert run.main(["--verify", str(RUN)]) == 0

    for _ in range(2):
        assert theta_command.main(["edit", "--run", str(RUN), "--undo"]) == 0
    assert contents(RUN) == before
    capsys.readouterr()
    assert theta_command.main(["edit", "--run", str(RUN), "--undo"]) == 3
    assert errors(capsys) == [f"error: {RUN} has not been edited; there is nothing to undo"]


EDIT_WITHOUT = """
import sys
from pathlib import Path
from theta.cli.main import main

def edit_without(modules, text, folder, *flags):
    Path("edits.yaml").write_text(text, encoding="utf-8")
    assert main(["edit", "--run", folder, "edits.yaml", "--skip_viz", *flags]) == 0
    slow = modules & set(sys.modules)
    assert not slow, slow

slow = {"torch", "transformers", "sklearn", "pandas"}
# The shares stay the same, and with them the metrics of labels.
edit_without(slow, "- pin: {1: [orbit]}", sys.argv[1])
# Nor is a GPU looked for, which takes a second, if nothing is computed on it.
edit_without(slow, "- merge: [0, 2]", "other", "--skip_eval")
edit_without({"torch", "transformers"}, "- merge: [0, 2]", sys.argv[1])
edit_without({"torch", "transformers"}, "- merge: [1, 3]", "other")
"""


def test_an_edit_imports_little_and_its_metrics_are_those_computed_anew(
    finished: Path, quick_run: RunPipeline
) -> None:
    def evaluation() -> bytes:
        return (RUN / "metrics" / "evaluation_results.json").read_bytes()

    # The run has not been evaluated, so nothing is known.
    assert not (RUN / "checkpoints" / "first_halves.npy").exists()
    assert edit("- pin: {1: [orbit]}", "--quiet") == 0
    assert edit("- merge: [0, 2]", "--quiet") == 0
    anew = evaluation()
    assert "control@test" in json.loads(anew)
    for _ in range(2):
        assert theta_command.main(["edit", "--run", str(RUN), "--undo"]) == 0
    assert quick_run("--skip_train", "--skip_viz", "--quiet") == 0
    any_device = ["--dataset", "my_dataset", *QUICK[:-2], "--skip_viz", "--quiet"]
    assert run.main([*any_device, "--output_dir", "other"]) == 0
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", EDIT_WITHOUT, str(RUN)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert evaluation() == anew
    assert run.main(["--verify", str(RUN)]) == 0


def test_json_is_one_object_after_an_edit_and_after_undoing_it(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def printed() -> tuple[dict[str, list[int]], list[int]]:
        shown = json.loads(capsys.readouterr().out)
        assert shown["run"] == str(RUN.absolute())
        return shown["topic_sources"], sorted(topic["number"] for topic in shown["topics"])

    assert edit("- merge: [0, 2]", "--skip_eval", "--json") == 0
    assert printed() == ({"3": [0, 2]}, [1, 3])
    assert theta_command.main(["edit", "--run", str(RUN), "--undo", "--json"]) == 0
    assert printed() == ({}, [0, 1, 2])


def test_a_run_that_changes_meanwhile_is_not_overwritten(
    finished: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = Run.open(RUN)
    made_by_first: dict[str, bytes] = {}
    others = iter(["- rename: {1: One}"])

    def edited_by_another_first(*arguments: Any) -> Run:
        for text in others:
            assert edit(text, "--skip_eval", "--quiet") == 0
            made_by_first.update(contents(RUN))
        return with_edits(*arguments)

    monkeypatch.setattr("theta.pipeline.edit.with_edits", edited_by_another_first)
    assert edit("- merge: [0, 2]", "--skip_eval", "--quiet") == 1
    changed = f"error: another process has changed {RUN} meanwhile, so nothing was done; repeat"
    assert errors(capsys) == [f"{changed} the command"]
    with pytest.raises(ThetaError, match="meanwhile"), opened.renewing():
        pass
    assert contents(RUN) == made_by_first


def test_a_folder_of_something_else_is_not_a_run(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("edits.yaml").write_text("- merge: [0, 2]", encoding="utf-8")
    folder = Path("workspace/my_dataset/corpus")
    assert theta_command.main(["edit", "--run", str(folder), "edits.yaml"]) == 2
    assert errors(capsys) == [f"error: {folder} is not the folder of a run"]


def test_topics_in_another_order_keep_their_numbers(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {topic.number: topic.words for topic in Run.open(RUN).topics}
    share = {topic.number: topic.share for topic in Run.open(RUN).topics}
    assert edit("- order: [2, 0]\n- rename: {0: Zero}", "--skip_eval", "--quiet") == 0
    capsys.readouterr()
    flags = ["--dataset", "my_dataset", "--num_topics", "3", "--gpu", "-1", "--quiet"]
    assert run.main([*flags, "--infer", "new.csv", "--infer_output", "out.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    drift = json.loads(Path("out_drift.json").read_text(encoding="utf-8"))
    assert drift["topics"] == [2, 0, 1]
    assert drift["topic_shares_corpus"] == [share[number] for number in (2, 0, 1)]
    with Path("out.csv").open(encoding="utf-8-sig") as handle:
        rows = list(csv.DictReader(handle))
    names = dict(zip((2, 0, 1), Run.open(RUN).names, strict=True))
    assert names[0] == "Zero"
    for number, name in names.items():
        weights = [float(row[f"topic_{number}"]) for row in rows if row[f"topic_{number}"]]
        (line,) = [line for line in lines if line.endswith(" ".join(words[number]))]
        expected = f"{number} {name} {np.mean(weights):.1%} {share[number]:.1%}"
        assert line.split() == [*expected.split(), *words[number]]
    loaded = THETA.load(RUN)
    assert [topic.number for topic in loaded.topics_] == [2, 0, 1]
    assert [list(topic.words) for topic in loaded.topics_] == loaded.get_topic_words()


def test_a_training_that_replaces_edited_topics_warns(
    finished: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edit("- merge: [0, 2]", "--skip_eval", "--quiet") == 0
    capsys.readouterr()
    for warned in (1, 0):
        assert quick_run("--skip-viz", "--skip-eval", "--quiet") == 0
        assert capsys.readouterr().err.count(f"{RUN} has edited topics, which are lost") == warned


def test_a_topic_is_given_by_its_automatic_name_which_a_user_may_take(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zero, one, two = Run.open(RUN).names
    assert edit(f"- rename: {{{two!r}: {zero!r}}}", "--skip_eval", "--quiet") == 0
    names = Run.open(RUN).names
    assert names[1:] == (one, zero)
    assert names[0].casefold() not in {zero.casefold(), one.casefold(), two.casefold(), ""}


@pytest.mark.parametrize(
    ("flags", "problem"),
    [
        (["--infer", "new.csv"], "--infer and --edit exclude each other: use one at a time"),
        (["--tune"], "--edit trains nothing: leave it out, or --tune"),
    ],
)
def test_one_task_at_a_time(
    flags: list[str], problem: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(RUN)
    Path("edits.yaml").write_text("- drop: 1", encoding="utf-8")
    chosen = ["--dataset", "my_dataset", "--num_topics", "3", "--edit", "edits.yaml"]
    assert run.main([*chosen, *flags]) == 3
    assert any(problem in line for line in errors(capsys))
    assert contents(RUN) == before


def test_an_edited_run_is_drawn_by_its_names(prepared: Path, quick_run: RunPipeline) -> None:
    assert quick_run("--skip-viz", "--skip-eval", "--quiet") == 0
    Path("edits.yaml").write_text("- merge: [0, 1]\n  name: Both", encoding="utf-8")
    flags = ["--dataset", "my_dataset", "--num_topics", "3", "--skip_eval", "--quiet"]
    assert run.main([*flags, "--edit", "edits.yaml"]) == 0
    assert "3 Both" in (RUN / "visualizations" / "topic_similarity.svg").read_text(encoding="utf-8")
    assert '"name":"Both"' in (RUN / "visualizations" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- drop: 7", "edits.yaml, step 1: there is no topic 7; the topics are 0, 1, 2"),
        ("- split: 1\n  into: 40", "topic 1 cannot be split"),
    ],
)
def test_a_wrong_edit_leaves_the_run_as_it_was(
    text: str, problem: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(RUN)
    assert edit(text) == 3
    (line,) = errors(capsys)
    assert problem in line
    assert contents(RUN) == before


def test_a_command_without_edits(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert theta_command.main(["edit", "--run", str(RUN)]) == 3
    assert theta_command.main(["edit", "edits.yaml"]) == 3
    assert theta_command.main(["edit", "--run", str(RUN), "a.yaml", "b.yaml"]) == 3
    lines = errors(capsys)
    assert "give one of" in lines[0]
    assert "--run is missing" in lines[1]
    assert "b.yaml" in lines[2]
