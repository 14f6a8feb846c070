"""Console output: results on stdout, everything else on stderr."""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from theta.errors import InvalidOption, MissingFile, ThetaError

logger = logging.getLogger("theta")

_INTERRUPTED = 130

_SHOWN = 60
"""Characters of a name that is too long."""

_SCRIPTS = {
    re.compile(r"(?<![\w/.-])(python )?prepare_data\.py\b"): "theta prepare",
    re.compile(r"(?<![\w/.-])(python )?run_pipeline\.py\b"): "theta run",
}


def run_command(command: Callable[[], int]) -> int:
    """Return the exit code of `command`; print expected failures as one line each."""
    _open_missing_streams()
    # Must be set before torch is imported. Threads that spin while they wait take cores away from
    # threads that work: with two threads on two cores, beside nine busy processes, an epoch took
    # 29 s with spinning and 2 to 3.5 s with sleeping threads; with one thread it took 2 s.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        try:
            code = command()
        finally:
            with _writing_results():
                sys.stdout.flush()
    except ThetaError as error:
        for line in str(error).splitlines():
            print_error(line)
        return error.exit_code
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        longest = max(Path(str(error.filename)).parts, key=len)
        print_error(f"{longest[:_SHOWN]}…: the name is too long; choose a shorter one")
        return InvalidOption.exit_code
    except KeyboardInterrupt:
        print_error("interrupted; existing results are unchanged")
        return _INTERRUPTED
    return code


def check_code(*, ready: bool) -> int:
    """Return the exit code of ``--check_only``, which tells scripts whether a run can start."""
    return 0 if ready else MissingFile.exit_code


def as_called(text: str) -> str:
    """Return a text whose commands are those of `theta`, if the user has called it so.

    The installed command works in any folder; the two scripts are in the repository only.
    """
    if sys.argv[0].startswith("theta "):
        for script, subcommand in _SCRIPTS.items():
            text = script.sub(subcommand, text)
    return text


def print_error(line: str) -> None:
    """Print an error message on stderr."""
    _say(f"error: {line}")


def print_traceback(report: str) -> None:
    """Print a traceback on stderr."""
    for line in report.splitlines():
        _say(line)


def print_result(text: str = "") -> None:
    """Print a result on stdout.

    Raises
    ------
    ThetaError
        If stdout cannot be written: a full disk behind ``> FILE``.
    """
    with _writing_results():
        print(text)  # noqa: T201


def print_json(value: Any) -> None:
    """Print one JSON object on stdout; raises what `print_result` does."""
    print_result(json.dumps(value, ensure_ascii=False, default=str))


@contextmanager
def _writing_results() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # The reader (`| head`) has gone; the work continues.
        _send_to_nothing(sys.stdout)
    except OSError as error:
        _send_to_nothing(sys.stdout)
        raise ThetaError(
            f"cannot write the results to standard output: {error.strerror or error}; files "
            "are complete"
        ) from error


def _say(line: str) -> None:
    """Write a line to stderr, through the progress bars."""
    from tqdm import tqdm

    try:
        tqdm.write(as_called(line), file=sys.stderr)
        sys.stderr.flush()
    except OSError:
        # The reader has gone (`2>&1 | head`), or the disk behind `2> FILE` is full. This must not
        # end hours of work; the run's log has the lines too.
        _send_to_nothing(sys.stderr)


def _send_to_nothing(stream: TextIO) -> None:
    # Python flushes once more at exit, which would fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _open_missing_streams() -> None:
    """Redirect a closed stdout or stderr (`>&-`) to the null device."""
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
    handler = _ConsoleHandler()
    handler.setLevel(level)
    handler.setFormatter(_LevelFormatter())
    logger.addHandler(handler)
    logging.captureWarnings(True)


class _LevelFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        prefix = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        return prefix + super().format(record)


class _ConsoleHandler(logging.Handler):
    """Writes lines without breaking a progress bar on the same terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        _say(self.format(record))


def format_table(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return rows as aligned columns; the first row is the header.

    Parameters
    ----------
    rows : sequence of sequence of str
    right : sequence of int
        Columns to align right.
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
    """Split a wide table into tables of at most `width`, each starting with the first column.

    Parameters
    ----------
    columns : sequence of sequence of str
        Header and cells of each column.
    width : int
        Exceeded only where two columns do not fit.
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
    """Return a table cell as text; numbers have four significant digits."""
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.4g}" if abs(cell) < 1000 else f"{cell:.0f}"
    return str(cell)


def format_small(value: float) -> str:
    """Return a difference or deviation as text, with two significant digits."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _width(text: str) -> int:
    """Return the terminal width of a text; East Asian wide characters take two columns."""
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
