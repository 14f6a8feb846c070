"""Ctrl-C during a training: finish the epoch and save the progress."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_SAME_REQUEST = 1.0
"""Seconds within which further signals count as the same request. `timeout` sends SIGTERM twice, to
the process and to its group, and an interrupted script passes on a signal its children also get."""


@contextmanager
def finishing_epochs() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether the user has asked to stop.

    The first Ctrl-C (or SIGTERM, which schedulers send) only requests a stop; a second one stops at
    once. Only the main thread receives signals in Python, so in other threads nothing changes.
    """
    asked_at: float | None = None
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        nonlocal asked_at
        if asked_at is None:
            asked_at = time.monotonic()
            logger.warning("Finishing this epoch; press Ctrl-C again to stop at once.")
        elif time.monotonic() - asked_at >= _SAME_REQUEST:
            _restore(before)
            signal.raise_signal(number)

    for number in _SIGNALS:
        signal.signal(number, ask)
    try:
        yield lambda: asked_at is not None
    finally:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        # None means a handler that was not installed from Python, which cannot be restored.
        signal.signal(number, signal.SIG_DFL if handler is None else handler)
