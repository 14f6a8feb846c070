"""The check for machines with a GPU, rehearsed on the CPU, and how it reports what is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "scripts"))

from gpu_checks.block import Block, Findings, Setting, Skipped, run_block  # noqa: E402

SETTING = Setting("cpu")


def test_every_block_is_right_in_the_rehearsal(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    done = subprocess.run(
        [sys.executable, "scripts/check_gpu.py", "--rehearse", "--out", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {line["block"]: line for line in lines if line["status"] != "right"} == {}
    assert done.returncode == 0, done.stderr
    assert len(lines) == 17
    # The same lines, then the table.
    assert done.stdout.splitlines()[: len(lines)] == file.read_text(encoding="utf-8").splitlines()
    facts = {line["block"]: line["facts"] for line in lines}
    assert facts["models"]["dtm: captured and plain have the same bits"] is True
    assert facts["embedding_resume"]["shards"] == 10


def check_fine(setting: Setting, found: Findings) -> None:
    """Find all well."""
    found.record("device", setting.device)
    found.require("one is one", 1 == 1, "detail")
    found.aim("a speed", holds=True)


def check_wrong(setting: Setting, found: Findings) -> None:
    """Find something wrong."""
    sys.stdout.write("said on the way\n")
    found.require("one is two", holds=False, detail=[1, 2])


def check_slow(setting: Setting, found: Findings) -> None:
    """Miss an aim."""
    found.aim("a speed", holds=False)


def check_broken(setting: Setting, found: Findings) -> None:
    """Fail after a finding."""
    found.record("first", 1)
    raise RuntimeError("CUDA error: device-side assert triggered")


def check_killed(setting: Setting, found: Findings) -> None:
    """End like a process that the system ends."""
    os.kill(os.getpid(), signal.SIGKILL)


def check_hanging(setting: Setting, found: Findings) -> None:
    """Never end."""
    found.record("first", 1)
    signal.pause()


def check_skipped(setting: Setting, found: Findings) -> None:
    """Lack something."""
    raise Skipped("needs a second GPU")


def test_a_block_that_is_right() -> None:
    line = run_block(Block("fine", check_fine, 1), SETTING)
    assert line.pop("seconds") < 60
    facts = {"device": "cpu", "one is one": "detail"}
    about = "Find all well."
    assert line == {"block": "fine", "about": about, "status": "right", "facts": facts}


def test_a_block_that_is_wrong_brings_its_log() -> None:
    line = run_block(Block("wrong", check_wrong, 1), SETTING)
    assert (line["status"], line["wrong"]) == ("wrong", {"one is two": [1, 2]})
    assert line["log"] == "said on the way"


def test_a_missed_aim_is_not_wrong() -> None:
    line = run_block(Block("slow", check_slow, 1), SETTING)
    assert (line["status"], line["missed"]) == ("slow", ["a speed"])


def test_an_exception_costs_one_line_and_keeps_what_was_found() -> None:
    line = run_block(Block("broken", check_broken, 1), SETTING)
    assert (line["status"], line["wrong"], line["facts"]) == (
        "wrong",
        {"exit code": 1},
        {"first": 1},
    )
    assert "RuntimeError: CUDA error: device-side assert triggered" in line["log"]


def test_a_killed_block() -> None:
    assert run_block(Block("killed", check_killed, 1), SETTING)["wrong"] == {"exit code": -9}


def test_a_block_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Block, "limit", 3.0)
    began = time.monotonic()
    line = run_block(Block("hanging", check_hanging, 1), SETTING)
    assert time.monotonic() - began < 60
    assert (line["wrong"], line["facts"]) == ({"time limit": "ended after 3 s"}, {"first": 1})


def test_what_is_missing_is_skipped() -> None:
    line = run_block(Block("x", check_fine, 1, needs=("scipy", "no_such_package")), SETTING)
    assert line["status"] == "skipped: needs no_such_package"
    line = run_block(Block("x", check_skipped, 1), SETTING)
    assert line["status"] == "skipped: needs a second GPU"


def test_minutes_choose_the_most_telling_blocks() -> None:
    from gpu_checks.blocks import BLOCKS, chosen

    assert chosen(None, None) == list(BLOCKS)
    assert [block.name for block in chosen(["vectors", "models"], None)] == ["vectors", "models"]
    eight = chosen(None, 8)
    assert sum(block.seconds for block in eight) <= 480
    assert {"machine", "models", "cpu_and_gpu", "tests", "resume"} <= {one.name for one in eight}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_without_a_gpu_it_says_so(monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    # What the script sets in its own process goes with the test.
    for name in ("TRANSFORMERS_VERBOSITY", "PYTORCH_NVML_BASED_CUDA_CHECK"):
        monkeypatch.setenv(name, "")
    import check_gpu

    monkeypatch.setattr(check_gpu, "_load_libraries", lambda: None)
    monkeypatch.setattr(sys, "argv", ["check_gpu.py", "--only", "machine"])
    assert check_gpu.main() == 2
    assert "error: no CUDA device can be used here; --rehearse" in capfd.readouterr().out
