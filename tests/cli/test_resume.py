"""An interrupted training goes on to the bits of an undisturbed one."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import RunPipeline
from theta.models.base import FitContext

RUN = Path("result/0.6B/my_dataset/zero_shot")
FILES = ("theta.npy", "beta.npy", "topic_words.json", "doc_topics.csv")


def interrupt_after(monkeypatch: pytest.MonkeyPatch, epochs: int) -> None:
    """Press Ctrl-C in the middle of an epoch."""
    count = 0
    original = FitContext.__init__

    def init(self: FitContext, *args: object, **facts: object) -> None:
        asked = facts["interrupted"]

        def interrupted() -> bool:
            nonlocal count
            count += 1
            if count == epochs:
                os.kill(os.getpid(), signal.SIGINT)
            assert callable(asked)
            return bool(asked())

        original(self, *args, **{**facts, "interrupted": interrupted})  # type: ignore[arg-type]

    monkeypatch.setattr(FitContext, "__init__", init)


def test_ctrl_c_and_resume_give_the_same_bits(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ("--skip-viz", "--skip-eval", "--epochs", "6")
    assert quick_run(*flags, "--output_dir", "undisturbed") == 0
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 2)
        assert quick_run(*flags) == 130
    assert "stopped after epoch 2; the checkpoint is kept: continue with --resume" in (
        capsys.readouterr().err
    )
    assert not RUN.exists()
    assert quick_run(*flags, "--resume") == 0
    assert "Resuming the training after epoch 2" in capsys.readouterr().err
    for name in FILES:
        assert (RUN / name).read_bytes() == (Path("undisturbed") / name).read_bytes(), name
    assert {p.name for p in RUN.parent.iterdir()} == {".zero_shot.lock", "zero_shot"}


def test_without_resume_the_training_starts_anew(prepared: Path, quick_run: RunPipeline) -> None:
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 2)
        assert quick_run("--skip-viz", "--skip-eval") == 130
    assert quick_run("--skip-viz", "--skip-eval") == 0
    assert not list(RUN.parent.glob(".zero_shot.training*"))


def test_another_training_is_not_gone_on_with(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        interrupt_after(patch, 2)
        assert quick_run("--skip-viz", "--skip-eval") == 130
    assert quick_run("--skip-viz", "--skip-eval", "--learning_rate", "0.01", "--resume") == 3
    assert "other options" in capsys.readouterr().err


def test_resume_without_an_unfinished_training_starts(
    prepared: Path, quick_run: RunPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--skip-viz", "--skip-eval", "--resume") == 0
    assert "there is no unfinished training" in capsys.readouterr().err
