"""Expected failures. Each class has the exit code of the command line."""

from __future__ import annotations


class ThetaError(Exception):
    """An expected failure, reported in one line without a traceback."""

    exit_code = 1


class MissingFile(ThetaError):
    """Input or prepared data are missing; the message names the command that makes them.

    Parameters
    ----------
    problem : str
        What is wrong.
    fix : str
        What to do about it, if `problem` does not say so.
    """

    exit_code = 2

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(f"{problem}; {fix}" if fix else problem)
        self.problem = problem


class InvalidOption(ThetaError):
    """A flag, a YAML key or a value is wrong, or the options do not fit the data."""

    exit_code = 3


class NoRows(InvalidOption):
    """A file has no rows."""


class OutOfMemory(ThetaError):
    """Memory ran out even with smaller batches; the message names a flag and a value to try."""

    exit_code = 4


class DeviceFailed(ThetaError):
    """A GPU failed for another reason than memory; this process may not be able to use it again."""


class NotConverged(ThetaError):
    """The loss became NaN or infinite; the message names the epoch and the last finite loss."""

    exit_code = 5


class LibraryFailed(ThetaError):
    """A library that a model is built on raised an exception."""


class ModelCrashed(ThetaError):
    """An unexpected exception ended one of several models: a bug.

    Parameters
    ----------
    message : str
    report : str
        The traceback, shown after the other models have finished.
    """

    def __init__(self, message: str, report: str = "") -> None:
        super().__init__(message)
        self.report = report


class Interrupted(ThetaError):
    """The user stopped the training; progress is saved and the message says how to resume."""

    exit_code = 130
