"""Third-party libraries: loading optional ones, and reading their error messages."""

from __future__ import annotations

import importlib
from typing import Any

from theta.errors import ThetaError


def load_library(module: str, missing: ThetaError) -> Any:
    """Return the module of an optional library.

    Parameters
    ----------
    module : str
        Name to import.
    missing : ThetaError
        Raised if the library is not installed; its message says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # A dependency that the library itself lacks is its own defect, not a missing extra.
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise missing from error


def first_line(error: Exception) -> str:
    """Return the first line of an error message, or the class name of an error without one."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
