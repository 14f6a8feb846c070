"""What counts as the failure of one model, which the other models of a run outlive."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from theta.errors import ModelCrashed, ThetaError


@contextmanager
def failing_alone(model: str, *, alone: bool) -> Iterator[None]:
    """Turn whatever ends one of several models into a `ThetaError`.

    Expected failures are that already: those of libraries too, which the models name where they
    call them (`theta.models.requirements.library_errors`). What is left is a bug, in this
    program or in how it calls a library. It is kept with its traceback, because the hours of the
    other models must not be lost to it; the command line shows it at the end and exits
    with code 1.

    Parameters
    ----------
    model : str
    alone : bool
        There is no other model: nothing is gained by waiting, and the exception passes as it is.

    Raises
    ------
    ModelCrashed
        In place of any exception that is not a `ThetaError`.
    """
    try:
        yield
    except ThetaError:
        raise
    except Exception as error:
        if alone:
            raise
        report = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        kind = type(error).__name__
        raise ModelCrashed(f"{kind}: {error} (a bug: {model} could not go on)", report) from error
