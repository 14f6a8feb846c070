"""Run a function in a new process, for when this one can no longer use a GPU."""

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
    """Call a function in a new process; return its result or raise its exception.

    Its log records go through the handlers of this process.

    Parameters
    ----------
    function : callable
        Defined at module level, so that the new process can import it.
    *arguments
        Sent to the new process; arrays are copied.

    Raises
    ------
    DeviceFailed
        If the process ends without a result.
    """
    # A fork would inherit the broken GPU state of this process.
    context = get_context("spawn")
    records = context.Queue()
    listener = QueueListener(records, _LocalHandler())
    listener.start()
    try:
        with ProcessPoolExecutor(1, context, _send_logs, (records, logger.level)) as pool:
            return pool.submit(function, *arguments).result()
    except BrokenProcessPool as error:
        raise DeviceFailed("the system ended its process, perhaps for lack of memory") from error
    finally:
        listener.stop()


class _LocalHandler(logging.Handler):
    """Passes the records of another process to the loggers of this one."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger(record.name).handle(record)


def _send_logs(records: Any, level: int) -> None:
    logger.setLevel(level)
    logger.addHandler(QueueHandler(records))
    logger.propagate = False
