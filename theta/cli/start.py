"""The start of a program with one group of options, and programs on a finished run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from theta.cli.console import run_command, start_logging
from theta.cli.parser import read_command_line
from theta.errors import InvalidOption
from theta.layout import ProjectPaths
from theta.options import resolve
from theta.options.finished_run import FinishedRunOptions

Options = TypeVar("Options")
OnFinishedRun = TypeVar("OnFinishedRun", bound=FinishedRunOptions)

logger = logging.getLogger(__name__)


def start(
    argv: Sequence[str] | None, description: str, options: type[Options], operand: str = ""
) -> Options:
    """Read the command line, start the log and return the options.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if None.
    description : str
        First line of ``--help``.
    options : dataclass
    operand : str
        Option that takes the words without a flag; none if empty.
    """
    line = read_command_line(argv, description, {"options": options}, operand=operand)
    resolved = resolve({"options": options}, line.typed, {}, line.problems)
    found: Options = resolved.groups["options"]
    start_logging(quiet=getattr(found, "quiet", False), verbose=getattr(found, "verbose", False))
    for warning in (*line.warnings, *resolved.warnings):
        logger.warning("%s", warning)
    return found


def work_on_run(
    argv: Sequence[str] | None,
    description: str,
    options: type[OnFinishedRun],
    work: Callable[[Path, ProjectPaths, OnFinishedRun], None],
    operand: str = "",
) -> int:
    """Run a program that works on the finished run of ``--run``, and return its exit code.

    Parameters
    ----------
    argv, description, options, operand
        See `start`.
    work : callable
        Does the work, given the folder of the run, the project's folders and the options.
    """

    def program() -> int:
        found = start(argv, description, options, operand)
        work(required_run(found), ProjectPaths.from_environment(), found)
        return 0

    return run_command(program)


def required_run(options: FinishedRunOptions) -> Path:
    """Return the folder of ``--run``; raise `InvalidOption` if it was not typed."""
    if options.run is None:
        raise InvalidOption("--run is missing: name the folder of a finished run")
    return options.run
