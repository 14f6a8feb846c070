"""The start of a program with one group of options."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from theta.cli.console import start_logging
from theta.cli.parser import read_command_line
from theta.errors import InvalidOption
from theta.options import resolve

Options = TypeVar("Options")

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


def required_run(folder: Path | None) -> Path:
    """Return the folder of ``--run``; raise `InvalidOption` if it was not typed."""
    if folder is None:
        raise InvalidOption("--run is missing: name the folder of a finished run")
    return folder
