"""Every command of the page that this program was asked for with runs as written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import themed_rows, write_csv
from theta.cli import prepare, run
from theta.cli.configuration import read_sections
from theta.cli.parser import read_command_line
from theta.models import MODELS
from theta.options import PrepareOptions, RunOptions, resolve

ROOT = Path(__file__).resolve().parents[2]
PAGE = (Path(__file__).parent / "hyperparameter-tuning.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
FRAGMENTS = re.findall(r"`(--[^`]+)`", PAGE)
DATASETS = ("my_dataset", "news", "reviews", "papers", "social", "dataset1", "dataset2", "dataset3")

# `python` becomes a function that writes down its arguments, in a file per process: commands that
# the page starts with "&" write at the same time.
RECORDER = 'python() { printf "%s\\n" "$*" >> "$RECORD/$BASHPID"; }\nexport -f python\n'


def recorded_commands(folder: Path) -> list[list[str]]:
    """Let bash run every block, loops and all, and return the commands it would start."""
    record = folder / "record"
    record.mkdir()
    (folder / "result/0.6B/my_dataset/zero_shot").mkdir(parents=True)
    (folder / "result/0.6B/my_dataset/zero_shot/theta.npy").touch()
    for block in BLOCKS:
        subprocess.run(
            ["bash", "-c", RECORDER + block + "\nwait\n"],
            cwd=folder,
            env={**os.environ, "RECORD": str(record)},
            check=True,
            capture_output=True,
        )
    return [
        line.split() for path in sorted(record.iterdir()) for line in path.read_text().splitlines()
    ]


def test_every_command_is_understood(folder: Path) -> None:
    commands = recorded_commands(folder)
    # 3 learning rates, 3 sizes, a grid of 4 x 3 x 3, 4 data sets prepared and run, 3 GPUs.
    assert len(commands) == 3 + 3 + 36 + 8 + 3
    for script, *flags in commands:
        groups: dict[str, type] = {"run": RunOptions, "theta": MODELS["theta"].Options}
        if script == "prepare_data.py":
            groups = {"prepare": PrepareOptions}
        line = read_command_line(flags, "", groups)
        resolved = resolve(groups, line.typed, read_sections(line), line.problems)
        assert not resolved.warnings, flags


def test_every_fragment_is_understood() -> None:
    groups = {"run": RunOptions, "theta": MODELS["theta"].Options}
    for fragment in FRAGMENTS:
        line = read_command_line(fragment.split(), "", groups)
        resolve(groups, line.typed, {}, line.problems)
    values = {fragment: fragment.split() for fragment in FRAGMENTS}
    assert any("--kl_warmup" in words for words in values.values())


@pytest.fixture
def documented(folder: Path) -> Path:
    """The current folder with every data set that the page names."""
    for name in DATASETS:
        write_csv(folder / "data" / name / "documents.csv", themed_rows(60))
    return folder


def test_one_command_of_each_kind_runs(documented: Path) -> None:
    commands = recorded_commands(documented)
    shutil.rmtree(documented / "result")
    for size in ("0.6B", "4B"):
        flags = ["--dataset", "my_dataset", "--model_size", size, "--quiet"]
        assert prepare.main(flags) == 0
    seen: set[tuple[str, ...]] = set()
    for script, *flags in commands:
        kind = tuple(word for word in flags if word.startswith("--"))
        if flags[1] in ("dataset1", "dataset2", "dataset3") or kind in seen:
            continue
        seen.add(kind)
        main = prepare.main if script == "prepare_data.py" else run.main
        assert main([*flags, "--skip-viz", "--quiet"] if main is run.main else flags) == 0, flags
    assert len(seen) == 4


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_runs_as_written(documented: Path, number: int) -> None:
    for name in ("run_pipeline.py", "prepare_data.py"):
        (documented / name).symlink_to(ROOT / name)
    binaries = documented / "bin"
    binaries.mkdir()
    (binaries / "python").symlink_to(sys.executable)
    environment = {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}", "TQDM_DISABLE": "1"}
    for name in DATASETS:
        for size in ("0.6B", "4B", "8B"):
            flags = ["--dataset", name, "--model_size", size, "--quiet"]
            assert prepare.main(flags) == 0
    subprocess.run(
        ["bash", "-e", "-c", BLOCKS[number] + "\nwait\n"],
        cwd=documented,
        env=environment,
        check=True,
    )
    if "results_grid" in BLOCKS[number]:
        assert len(list((documented / "results_grid").glob("*/manifest.json"))) == 36
