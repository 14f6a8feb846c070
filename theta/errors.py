"""Expected failures. Each class has the exit code that the command line ends with."""

from __future__ import annotations


class ThetaError(Exception):
    """An expected failure, told to the user in one line without a traceback."""

    exit_code = 1


class MissingFile(ThetaError):
    """Input or prepared data is not there; the message says which command makes it.

    Parameters
    ----------
    problem : str
        What is wrong.
    fix : str
        What to do about it, where `problem` does not say so.
    """

    exit_code = 2

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(f"{problem}; {fix}" if fix else problem)
        self.problem = problem


class InvalidOption(ThetaError):
    """A flag, a YAML key or a value is wrong, or the data cannot serve the options."""

    exit_code = 3


class OutOfMemory(ThetaError):
    """Memory ran out after the batch was halved automatically; names the flag and a value."""

    exit_code = 4


class DeviceFailed(ThetaError):
    """A GPU reported a failure other than a lack of memory; this process may not use it again."""


class NotConverged(ThetaError):
    """The loss became NaN or infinite; names the epoch and the last finite loss."""

    exit_code = 5


class LibraryFailed(ThetaError):
    """A library that a model is built on raised an exception."""


class ModelCrashed(ThetaError):
    """An exception that nothing expected ended one of several models: a bug.

    Parameters
    ----------
    message : str
    report : str
        The traceback, shown once the other models are done.
    """

    def __init__(self, message: str, report: str = "") -> None:
        super().__init__(message)
        self.report = report


class Interrupted(ThetaError):
    """The user stopped the training; what was reached is kept and the message says how to go on."""

    exit_code = 130
