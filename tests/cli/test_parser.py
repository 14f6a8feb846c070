"""What --help says of options that several models take."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from theta.cli.parser import read_command_line
from theta.options import option, redeclare


@dataclass(frozen=True)
class First:
    size: int = option(512, "Units.")
    same: int = option(2, "Layers.")
    stop: bool = option(True, "Stop early.")
    alpha: float = option(1.0, "A prior.")
    alone: int | None = option(None, "Alone.")


@dataclass(frozen=True)
class Second:
    size: int = redeclare(First, "size", 256)
    same: int = redeclare(First, "same", 2)
    stop: bool = redeclare(First, "stop", False)
    alpha: float = option(0.5, "Another 100 % prior.")


@dataclass(frozen=True)
class Third:
    size: int | None = redeclare(First, "size", None)


def help_of(capsys: pytest.CaptureFixture[str], **groups: type) -> str:
    with pytest.raises(SystemExit):
        read_command_line(["--help"], "", groups, {"first": "options of the model first"})
    return " ".join(capsys.readouterr().out.split())


def test_help_tells_the_default_of_each_model(capsys: pytest.CaptureFixture[str]) -> None:
    shown = help_of(capsys, first=First, second=Second, third=Third)
    assert "options of the model first:" in shown
    assert (
        "Units. Default: 512; 256 for second; not given for third. Used by first, second, third."
    ) in shown
    assert "Layers. Default: 2. Used by first, second." in shown
    assert "--stop Stop early. Default: on; off for second. Used by first, second." in shown
    assert "--no_stop, --no-stop The opposite of --stop." in shown
    assert (
        "For first: A prior. Default: 1.0. For second: Another 100 % prior. Default: 0.5." in shown
    )


def test_help_of_one_model_names_none(capsys: pytest.CaptureFixture[str]) -> None:
    shown = help_of(capsys, first=First)
    assert "--size N Units. Default: 512. --same N" in shown
    assert "--no_stop, --no-stop Do not: Stop early. --alpha" in shown
    assert shown.endswith("Alone.")
