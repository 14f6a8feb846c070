"""A block of checks, what it finds, and the process that it runs in."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

Value = TypeVar("Value")

_FORK = multiprocessing.get_context("fork")
"""The parent imports torch once and never uses a GPU; a fork of it starts in no time and may."""

_forking = threading.Lock()
"""One fork at a time: a process must not inherit the pipes of another, which then never end."""

_LOG_LINES = 25


@dataclass(frozen=True)
class Setting:
    """Where and how large the checks are.

    Attributes
    ----------
    device : str
        ``cuda:0``; ``cpu`` in a rehearsal.
    """

    device: str

    @property
    def rehearsal(self) -> bool:
        """Whether this is a CPU, and shapes are tiny."""
        return self.device == "cpu"

    def choose(self, full: Value, tiny: Value) -> Value:
        """Return `full` on a GPU, `tiny` in a rehearsal."""
        return tiny if self.rehearsal else full


class Findings:
    """Collects what a block finds; each finding leaves the process at once.

    Parameters
    ----------
    send : callable
        Takes (kind, name, value).
    """

    def __init__(self, send: Callable[[tuple[str, str, Any]], None]) -> None:
        self._send = send

    def record(self, name: str, value: Any) -> None:
        """Note a fact."""
        self._send(("fact", name, value))

    def require(self, name: str, holds: bool, detail: Any = None) -> None:
        """Note whether something that must hold does; the block is wrong otherwise."""
        if not holds:
            self._send(("wrong", name, detail))
        elif detail is not None:
            self._send(("fact", name, detail))

    def aim(self, name: str, holds: bool) -> None:
        """Note a speed or size that was aimed at and missed; the block is not wrong for that."""
        if not holds:
            self._send(("missed", name, None))


@dataclass(frozen=True)
class Block:
    """Checks that share a process.

    Attributes
    ----------
    name : str
    check : callable
        Takes a `Setting` and `Findings`; the first line of its docstring says what it checks.
    seconds : float
        Estimate for an H100, which ``--minutes`` chooses by.
    needs : tuple of str
        Packages beside torch, transformers and what they bring; without them it is skipped.
    """

    name: str
    check: Callable[[Setting, Findings], None]
    seconds: float
    needs: tuple[str, ...] = ()

    @property
    def limit(self) -> float:
        """Seconds after which the process is ended."""
        return 60 + 3 * self.seconds

    def missing(self) -> list[str]:
        """Return the packages that are not installed."""
        return [name for name in self.needs if find_spec(name) is None]


@dataclass
class Outcome:
    """What a forked process left behind.

    Attributes
    ----------
    exit_code : int or None
        Negative for a signal; None if it ran into its limit.
    messages : list
        What it sent.
    log : str
        The end of what it printed.
    seconds : float
    """

    exit_code: int | None = None
    messages: list[Any] = field(default_factory=list)
    log: str = ""
    seconds: float = 0.0


def run_forked(work: Callable[..., None], *arguments: Any, limit: float) -> Outcome:
    """Run ``work(send, *arguments)`` in a forked process, ended with its children at the limit."""
    outcome = Outcome()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with _forking:
            receiver, sender = _FORK.Pipe(duplex=False)
            process = _FORK.Process(target=_in_child, args=(work, sender, arguments, log))
            process.start()
            sender.close()
        group = process.pid
        assert group is not None
        try:
            while (left := began + limit - time.monotonic()) > 0:
                if not receiver.poll(left):
                    break
                outcome.messages.append(receiver.recv())
        except EOFError:
            process.join(max(1.0, began + limit - time.monotonic()))
        if process.is_alive():
            _end_group(group)
        else:
            outcome.exit_code = process.exitcode
        process.join()
        receiver.close()
        if log.exists():
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            outcome.log = "\n".join(lines[-_LOG_LINES:])
    outcome.seconds = time.monotonic() - began
    return outcome


def run_block(block: Block, setting: Setting) -> dict[str, Any]:
    """Run a block in a process of its own and return its line, ready for JSON."""
    about = (block.check.__doc__ or "").splitlines()[0]
    line: dict[str, Any] = {"block": block.name, "about": about}
    if missing := block.missing():
        return {**line, "status": f"skipped: needs {', '.join(missing)}", "seconds": 0.0}
    outcome = run_forked(_check, block, setting, limit=block.limit)
    facts = {name: value for kind, name, value in outcome.messages if kind == "fact"}
    wrong = {name: value for kind, name, value in outcome.messages if kind == "wrong"}
    missed = [name for kind, name, _ in outcome.messages if kind == "missed"]
    skipped = [name for kind, name, _ in outcome.messages if kind == "skipped"]
    if outcome.exit_code is None:
        wrong["time limit"] = f"ended after {block.limit:.0f} s"
    elif outcome.exit_code != 0:
        wrong["exit code"] = outcome.exit_code
    status = "wrong" if wrong else "slow" if missed else "right"
    if skipped and not wrong:
        status = f"skipped: {skipped[0]}"
    line |= {"status": status, "seconds": round(outcome.seconds, 1), "facts": facts}
    line |= {"wrong": wrong} if wrong else {}
    line |= {"missed": missed} if missed else {}
    return line | ({"log": outcome.log} if wrong else {})


class Skipped(Exception):
    """The machine lacks what a block checks; the message says what."""


def _check(send: Callable[[Any], None], block: Block, setting: Setting) -> None:
    try:
        block.check(setting, Findings(send))
    except Skipped as reason:
        send(("skipped", str(reason), None))


def _in_child(
    work: Callable[..., None], sender: Connection, arguments: tuple[Any, ...], log: Path
) -> None:
    global _forking
    # The parent held the lock while this process was made.
    _forking = threading.Lock()
    # A group of its own, so that what it starts ends with it.
    os.setsid()
    with log.open("wb", buffering=0) as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    work(sender.send, *arguments)
    sender.close()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without the usual end of a process, which waits for threads that only the parent has.
    os._exit(0)


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
