"""Run a function in a new process, for when this one can no longer use a GPU."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener
from multiprocessing import get_context
from multiprocessing.context import BaseContext
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
    try:
        with (
            receiving_logs(context) as records,
            ProcessPoolExecutor(1, context, send_logs, (records, logger.level)) as pool,
        ):
            return pool.submit(function, *arguments).result()
    except BrokenProcessPool as error:
        raise DeviceFailed("the system ended its process, perhaps for lack of memory") from error


@contextmanager
def receiving_logs(context: BaseContext) -> Iterator[Any]:
    """Yield a queue for `send_logs`; its records go through the handlers of this process."""
    records = context.Queue()
    listener = QueueListener(records, _LocalHandler())
    listener.start()
    try:
        yield records
    finally:
        listener.stop()


def send_logs(records: Any, level: int) -> None:
    """Send the log records of this process to the queue of `receiving_logs`."""
    logger.setLevel(level)
    logger.addHandler(QueueHandler(records))
    logger.propagate = False


class _LocalHandler(logging.Handler):
    """Passes the records of another process to the loggers of this one."""

    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger(record.name).handle(record)
