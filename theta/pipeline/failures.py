"""Failures of one model, which do not stop the other models of a run."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from theta.errors import ModelCrashed, ThetaError


@contextmanager
def failing_alone(model: str, *, alone: bool) -> Iterator[None]:
    """Turn any exception of one of several models into a `ThetaError`.

    Expected failures already are one, including those of libraries (see
    `theta.models.requirements.library_errors`). Anything else is a bug, in this program or in how
    it calls a library. It is kept with its traceback so that it does not cost the other models
    hours of work; the command line shows it at the end and exits with code 1.

    Parameters
    ----------
    model : str
    alone : bool
        There is no other model, so unexpected exceptions pass unchanged.

    Raises
    ------
    ModelCrashed
        Instead of any exception that is not a `ThetaError`.
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
        raise ModelCrashed(f"{kind}: {error} (a bug that stopped {model})", report) from error
