"""Processes that work for another one."""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing import parent_process


def begin_work() -> None:
    """Leave Ctrl-C to the process that started this one, and end with it.

    Without that, a process of a pool waits for ever for work once its parent has been killed.
    """
    # Ctrl-C reaches all processes; the main one reports it and ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "this is a main process"
    parent.join()
    os._exit(1)
