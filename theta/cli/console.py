"""What the program says: results on stdout, everything else on stderr."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from theta.errors import MissingFile, ThetaError

logger = logging.getLogger("theta")

_INTERRUPTED = 130


def run_command(command: Callable[[], int]) -> int:
    """Return the exit code of `command`; an expected failure is told in a line, not a traceback."""
    _open_missing_streams()
    # Before torch is imported. Threads that wait for one another by spinning take the cores of
    # those that work: on two cores beside nine busy processes an epoch took two threads 29 s so,
    # 2 to 3.5 s with sleeping threads, and one thread 2 s.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        try:
            code = command()
        finally:
            _flush_results()
    except ThetaError as error:
        for line in str(error).splitlines():
            print_error(line)
        return error.exit_code
    except KeyboardInterrupt:
        print_error("interrupted; what was there before is untouched")
        return _INTERRUPTED
    return code


def check_code(*, ready: bool) -> int:
    """Return the exit code of ``--check-only``: a script may ask whether a run can start."""
    return 0 if ready else MissingFile.exit_code


def print_error(line: str) -> None:
    """Say on stderr what went wrong."""
    _say(f"error: {line}")


def print_traceback(report: str) -> None:
    """Show on stderr where a bug is."""
    for line in report.splitlines():
        _say(line)


def print_result(text: str = "") -> None:
    """Say a result on stdout.

    Raises
    ------
    ThetaError
        If stdout cannot be written: a full disk behind ``> FILE``.
    """
    with _writing_results():
        print(text)  # noqa: T201


def _flush_results() -> None:
    with _writing_results():
        sys.stdout.flush()


@contextmanager
def _writing_results() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted. What is still to be done is done.
        _send_to_nothing(sys.stdout)
    except OSError as error:
        _send_to_nothing(sys.stdout)
        raise ThetaError(
            f"cannot write the results to standard output: {error.strerror or error}; what was "
            "written to files is whole"
        ) from error


def _say(line: str) -> None:
    """Write a line to stderr, through the progress bars."""
    from tqdm import tqdm

    try:
        tqdm.write(line, file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        # Nobody reads any more (`2>&1 | head`), or the disk behind `2> FILE` is full. Hours of
        # work do not end for that: the run's own log has the lines too.
        _send_to_nothing(sys.stderr)


def _send_to_nothing(stream: TextIO) -> None:
    # Python flushes once more as it ends, which would fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_missing_streams() -> None:
    """Give a process that was started without stdout or stderr (`>&-`) one that goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115


def start_logging(*, quiet: bool, verbose: bool) -> None:
    """Send the program's log to stderr, through the progress bars."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    logger.setLevel(logging.DEBUG if verbose else logging.INFO)
    logger.propagate = False
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    handler = _BesideBars()
    handler.setLevel(level)
    handler.setFormatter(_Lines())
    logger.addHandler(handler)
    logging.captureWarnings(True)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        prefix = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        return prefix + super().format(record)


class _BesideBars(logging.Handler):
    """Writes lines so that a progress bar on the same terminal stays whole."""

    def emit(self, record: logging.LogRecord) -> None:
        _say(self.format(record))


def format_table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return rows as aligned columns; the first row is the head.

    Parameters
    ----------
    rows : sequence of sequence of str
    right : sequence of int
        Columns to align at the right.
    """
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for i, cell in enumerate(row):
            fill = " " * (widths[i] - _width(cell))
            cells.append(fill + cell if i in right else cell + fill)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def split_columns(columns: Sequence[Sequence[str]], width: int) -> list[list[Sequence[str]]]:
    """Return the columns of a wide table as tables of `width`, each beginning with the first one.

    Parameters
    ----------
    columns : sequence of sequence of str
        Head and cells.
    width : int
        Kept to where two columns fit into it.
    """
    first, *others = columns
    taken = [max(map(_width, column)) + 2 for column in columns]
    blocks: list[list[Sequence[str]]] = [[first]]
    used = taken[0]
    for column, needed in zip(others, taken[1:], strict=True):
        if used + needed > width and len(blocks[-1]) > 1:
            blocks.append([first])
            used = taken[0]
        blocks[-1].append(column)
        used += needed
    return blocks


def format_number(cell: object) -> str:
    """Return a cell of a table as text: four digits are enough to choose by."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.4g}" if abs(cell) < 1000 else f"{cell:.0f}"
    return str(cell)


def format_small(value: float) -> str:
    """Return a difference or a deviation as text: two digits say how large it is."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _width(text: str) -> int:
    """Return the columns a text takes on a terminal: East Asian wide characters take two."""
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
