"""Ctrl-C during a training: finish the epoch and keep what was reached."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def finishing_epochs() -> Iterator[Callable[[], bool]]:
    """Yield a function that tells whether the user has asked to stop.

    The first Ctrl-C (or SIGTERM, which schedulers send) only asks; a second one stops at once.
    Python lets the main thread alone receive signals: in another one nothing is changed.
    """
    asked = False
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def ask(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal asked
        asked = True
        _restore(before)
        logger.warning("Finishing this epoch; press Ctrl-C again to stop at once.")

    for number in _SIGNALS:
        signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        # None stands for a handler that was not installed from Python and cannot be set again.
        signal.signal(number, signal.SIG_DFL if handler is None else handler)
