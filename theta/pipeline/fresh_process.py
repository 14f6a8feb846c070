"""Work in a process of its own, for when this one can no longer use a GPU."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from logging.handlers import QueueHandler, QueueListener
from multiprocessing import get_context
from typing import Any, TypeVar

from theta.errors import DeviceFailed

logger = logging.getLogger("theta")

Result = TypeVar("Result")


def in_fresh_process(function: Callable[..., Result], *arguments: Any) -> Result:
    """Return what a function returns, or raise what it raises, in a new process.

    What it logs goes through the handlers of this process.

    Parameters
    ----------
    function : callable
        Of a module, so that the new process can import it.
    *arguments
        Sent to the new process; arrays are copied.

    Raises
    ------
    DeviceFailed
        If the process ends without a result.
    """
    # A fork would inherit the state of the GPU that makes this process unfit.
    context = get_context("spawn")
    records = context.Queue()
    listener = QueueListener(records, _Here())
    listener.start()
    try:
        with ProcessPoolExecutor(1, context, _send_logs, (records, logger.level)) as pool:
            return pool.submit(function, *arguments).result()
    except BrokenProcessPool as error:
        raise DeviceFailed("its process was ended by the system, perhaps for its memory") from error
    finally:
        listener.stop()


class _Here(logging.Handler):
    """Hands a record of another process to the loggers of this one."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger(record.name).handle(record)


def _send_logs(records: Any, level: int) -> None:
    logger.setLevel(level)
    logger.addHandler(QueueHandler(records))
    logger.propagate = False
