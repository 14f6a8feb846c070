"""What the README and the configuration say is what the code does."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import write_options
from theta.cli.configuration import read_sections
from theta.cli.parser import read_command_line
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions, declarations, resolve
from theta.options.resolve import read_config

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.replace("\\\n", " ").splitlines()]
COMMANDS = [line for line in LINES if line.startswith("python ")]
SCRIPTS = sorted((ROOT / "scripts").glob("*.sh"))
MODEL_OPTIONS: dict[str, type] = {name: model.Options for name, model in MODELS.items()}


def test_the_readme_is_up_to_date() -> None:
    assert write_options.readme(README) == README, "run: python scripts/write_options.py"


def test_the_default_configuration_is_up_to_date() -> None:
    written = (ROOT / "configs" / "default.yaml").read_text(encoding="utf-8")
    assert write_options.default_yaml() == written, "run: python scripts/write_options.py"


def test_every_option_of_every_model_is_in_the_readme_with_its_default() -> None:
    shown = README.split("<!-- options: other models -->")[1].split("<!-- end -->")[0]
    rows = [line.split(" | ") for line in shown.splitlines() if line.startswith("| `--")]
    told = {
        (flag.split("`")[1][2:], model): entry.split(":")[0].strip()
        for flag, defaults, *_ in rows
        for entry in defaults.split(";")
        for model in re.findall(r"`(\w+)`", entry)
    }
    for name, options in MODEL_OPTIONS.items():
        for option in declarations(options).values():
            if name != "theta":
                default = write_options._yaml_value(option.default).replace("null", "none")
                assert told[option.name, name] == default


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda p: p.name)
def test_configurations_can_be_read(path: Path) -> None:
    sections = {"prepare": PrepareOptions, "run": RunOptions, **MODEL_OPTIONS}
    values = read_config(path, sections)
    groups = {"run": RunOptions, "theta": MODEL_OPTIONS["theta"]}
    assert not resolve(groups, {}, values).warnings


def test_every_option_of_the_default_configuration_is_one(tmp_path: Path) -> None:
    # Take away every '#' that stands before an option.
    text = write_options.default_yaml()
    bare = re.sub(r"^( *)# (\w+: .*)$", r"\1\2", text, flags=re.MULTILINE)
    path = tmp_path / "all.yaml"
    path.write_text(bare, encoding="utf-8")
    sections = {"prepare": PrepareOptions, "run": RunOptions, **MODEL_OPTIONS}
    groups = {"prepare": PrepareOptions, "run": RunOptions, "theta": MODEL_OPTIONS["theta"]}
    resolved = resolve(groups, {}, read_config(path, sections))
    assert resolved.groups == {name: options() for name, options in groups.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_readme_are_understood(command: str) -> None:
    _, script, *flags = shlex.split(command, comments=True)
    if script == "-m":
        assert (ROOT / Path(*flags[0].split("."))).with_suffix(".py").exists() or (
            ROOT / Path(*flags[0].split(".")) / "__main__.py"
        ).exists()
        return
    assert (ROOT / script).exists()
    if script not in ("run_pipeline.py", "prepare_data.py"):
        return
    groups: dict[str, type] = {"run": RunOptions, **MODEL_OPTIONS}
    if script == "prepare_data.py":
        groups = {"prepare": PrepareOptions}
    line = read_command_line(flags, "", groups)
    resolve(groups, line.typed, read_sections(line), line.problems)


def test_commands_were_found() -> None:
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_scripts_are_valid_bash(path: Path) -> None:
    subprocess.run(["bash", "-n", str(path)], check=True)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_scripts_are_clean() -> None:
    told = subprocess.run(
        ["shellcheck", "--external-sources", *map(str, SCRIPTS)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert told.returncode == 0, told.stdout


LOOPS = ("grid_search.sh", "batch_datasets.sh", "multi_gpu.sh")


@pytest.mark.parametrize("name", LOOPS)
def test_loops_explain_themselves(name: str, tmp_path: Path) -> None:
    script = ["bash", str(ROOT / "scripts" / name)]
    told = subprocess.run([*script, "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert told.returncode == 0
    assert told.stdout.startswith(f"Usage: scripts/{name}")
    for wrong in ([], ["--nonsense"]):
        told = subprocess.run([*script, *wrong], capture_output=True, text=True, cwd=tmp_path)
        assert told.returncode == 3
        assert told.stderr.startswith("error: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "n_jobs", "expected"), [(None, 4, "4"), (None, 1, "8"), ("3", 4, "3")]
)
def test_workers_share_the_cores(
    tmp_path: Path, given: str | None, n_jobs: int, expected: str
) -> None:
    for name, answer in {"python": 'echo "threads $OMP_NUM_THREADS"', "getconf": "echo 8"}.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
    (tmp_path / "jobs").write_text("--dataset news\n" * n_jobs)
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    environment |= {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CUDA_VISIBLE_DEVICES": "0,1"}
    if given is not None:
        environment["OMP_NUM_THREADS"] = given
    script = ["bash", str(ROOT / "scripts/multi_gpu.sh"), "jobs"]
    told = subprocess.run(script, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert told.returncode == 0, told.stderr
    assert (tmp_path / "logs/job_1.log").read_text() == f"threads {expected}\n"
