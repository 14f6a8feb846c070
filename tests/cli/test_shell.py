"""Streams as shells hand them over: closed, gone, full. Work is not lost for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import QUICK
from theta.cli import run

ROOT = Path(__file__).resolve().parents[2]
TRAIN = ["--dataset", "my_dataset", *QUICK, "--skip-viz", "--skip-eval"]
COUNT = ["--dataset", "my_dataset", "--models", "nmf", *QUICK[:2], "--skip-viz", "--skip-eval"]
"""A training without torch, whose import takes longer than a short training."""

PLAN = ["--dataset", "my_dataset", "--dry-run"]


def run_with(redirection: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run run_pipeline.py from a shell, with its streams redirected."""
    command = f'exec "$0" "$@" {redirection}'
    words = ["bash", "-c", command, sys.executable, str(ROOT / "run_pipeline.py"), *flags]
    return subprocess.run(words, capture_output=True, text=True)


def run_unread(stream: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run run_pipeline.py with a stream whose reader has gone, as after `| head -n 0`."""
    reader, writer = os.pipe()
    os.close(reader)
    streams: dict[str, int] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    try:
        return subprocess.run(
            [sys.executable, str(ROOT / "run_pipeline.py"), *flags],
            text=True,
            **{**streams, stream: writer},  # type: ignore[call-overload]
        )
    finally:
        os.close(writer)


@pytest.mark.parametrize("flags", [PLAN, ["--help"], ["--version"], [*PLAN, "--json"]])
def test_a_reader_of_results_that_has_gone(prepared: Path, flags: list[str]) -> None:
    done = run_unread("stdout", *flags)
    assert done.returncode == 0
    assert done.stderr == ""


def test_without_a_reader_of_the_log_the_run_goes_on(prepared: Path) -> None:
    done = run_unread("stderr", *COUNT, "--output_dir", "run")
    assert done.returncode == 0
    assert "Everything is in" in done.stdout
    assert "Trained nmf" in Path("run/run.log").read_text(encoding="utf-8")
    assert run_unread("stderr", "--nonsense").returncode == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_streams_on_a_full_disk(prepared: Path) -> None:
    done = run_with("> /dev/full", *PLAN)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: cannot write the results to standard output: No space left")
    done = run_with("2> /dev/full", *COUNT)
    assert done.returncode == 0
    assert "Everything is in" in done.stdout


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(prepared: Path, redirection: str) -> None:
    done = run_with(redirection, *PLAN)
    assert done.returncode == 0
    assert done.stderr == ""
    assert run_with(redirection, "--nonsense").returncode == 3


def test_quiet_leaves_the_warnings(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([*TRAIN, "--quiet"]) == 0
    assert all(line.startswith("warning: ") for line in capsys.readouterr().err.splitlines())


def test_results_and_log_are_apart_and_without_colour(prepared: Path) -> None:
    done = run_with("", *TRAIN)
    assert "Trained theta" in done.stderr
    assert "Trained theta" not in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stderr  # no progress bar
