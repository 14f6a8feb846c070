"""The command `theta`: subcommands that do what the two scripts do."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import QUICK, errors
from theta.cli.main import SUBCOMMANDS, main

TRAIN = ["--dataset", "my_dataset", *QUICK, "--skip-viz", "--quiet"]
ROOT = Path(__file__).resolve().parents[2]
RUN = "result/0.6B/my_dataset/zero_shot"


def theta(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m theta` in the current folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "theta", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("prepare --dataset x", "--dataset x"),
        ("run --dataset x --models lda", "--dataset x --models lda"),
        ("infer new.csv --dataset x", "--infer new.csv --dataset x"),
        ("compare a b c --sort_by NMI", "--compare a b c --sort_by NMI"),
        ("verify a --json", "--verify a --json"),
        ("report a --dpi 72", "--run a --dpi 72"),
        ("tune --num_topics 5,10", "--tune --num_topics 5,10"),
        ("tune space.yaml --trials 9", "--tune space.yaml --trials 9"),
        ("infer --help", "--help"),
    ],
)
def test_operands_become_flags(line: str, arguments: str) -> None:
    name, *words = line.split()
    assert SUBCOMMANDS[name].arguments(name, words) == arguments.split()


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"]])
def test_help_lists_every_subcommand(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    shown = capsys.readouterr().out
    for name, subcommand in SUBCOMMANDS.items():
        assert f"  {name} {subcommand.operands}".rstrip() in shown
        assert subcommand.summary in shown


def test_help_is_quick() -> None:
    code = (
        "import sys\n"
        "from theta.cli.main import main\n"
        "assert main(['--help']) == 0\n"
        "heavy = {'torch', 'numpy', 'scipy', 'sklearn', 'pyarrow', 'transformers', 'matplotlib'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = theta("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert answer.stdout.startswith("usage: theta SUBCOMMAND")
    assert after.ru_utime - before.ru_utime < 0.5


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["infre", "new.csv"], "infre is not a subcommand of theta"),
        (["infer", "--dataset", "x"], "theta infer: FILE is missing"),
        (["compare", "--sort_by", "NMI"], "theta compare: RUN... is missing"),
        (["verify", "a", "b"], "theta verify takes one RUN, not 2: a b"),
        (["run", "--datset", "x"], "unknown argument --datset; did you mean --dataset?"),
    ],
)
def test_mistakes_are_explained(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 3
    (line,) = errors(capsys)
    assert message in line


@pytest.mark.parametrize(
    "argv",
    [
        ["prepare", "--model", "baseline", "--dataset", "x" * 300],
        ["prepare", "--model", "baseline", "--dataset", "x", "--raw_input", "x" * 300],
        ["paper", "--run", "x" * 300],
    ],
)
def test_a_name_that_is_too_long_is_one_line(
    argv: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 3
    (line,) = errors(capsys)
    assert "xxx…: the name is too long; choose a shorter one" in line


def test_an_empty_value_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--dataset", "", "--seeds", ""]) == 3
    assert "--dataset '': is empty" in errors(capsys)[0]


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (["runs/a"], ["--verify", "runs/a"]),
        (["--run", "runs/a", "--json"], ["--verify", "runs/a", "--json"]),
        (["--json", "--run=runs/a"], ["--json", "--verify=runs/a"]),
    ],
)
def test_a_run_is_an_operand_or_an_option(words: list[str], arguments: list[str]) -> None:
    assert SUBCOMMANDS["verify"].arguments("verify", words) == arguments


def test_from_documents_to_inference(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prepare", "--dataset", "my_dataset", "--gpu", "-1", "--quiet"]) == 0
    assert main(["run", *TRAIN]) == 0
    (folder / "new.csv").write_text("text\nrocket orbit satellite launch\n", encoding="utf-8")
    assert main(["infer", "new.csv", "--dataset", "my_dataset", "--quiet"]) == 0
    assert (folder / "new_topics.csv").exists()
    assert main(["run", *TRAIN, "--seed", "1", "--output_dir", "other"]) == 0
    capsys.readouterr()
    assert main(["compare", RUN, "other", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["runs"]) == 2
    assert main(["verify", RUN, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"] == []
    assert main(["report", RUN, "--only", "topic_words_bars", "--dpi", "72"]) == 0
    assert list((folder / RUN / "visualizations").glob("topic_words_bars.*"))


def test_suggested_commands_are_those_that_the_user_has(prepared: Path) -> None:
    check = ("--dataset", "my_dataset", "--check-only")
    answer = theta("run", *check)
    assert answer.returncode == 0, answer.stderr
    assert "theta run --dataset my_dataset\n" in answer.stdout
    remedy = json.loads(theta("run", *check, "--json").stdout)["run of theta"]["remedy"]
    assert remedy == "theta run --dataset my_dataset --json"
    answer = theta("run", "--dataset", "my_dataset", "--model_size", "mini")
    assert answer.returncode == 2
    assert "make it with: theta prepare --dataset my_dataset" in answer.stderr
    script = [sys.executable, str(ROOT / "run_pipeline.py"), *check]
    answer = subprocess.run(script, capture_output=True, text=True)
    assert "python run_pipeline.py --dataset my_dataset\n" in answer.stdout
    answer = theta("infer", "--help")
    assert answer.stdout.startswith("theta infer FILE [options]\n")
    assert "usage: theta infer [-h]" in answer.stdout
    assert theta("run").returncode == 3
