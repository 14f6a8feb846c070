"""Libraries of others: loading those that are optional, and what their errors say."""

from __future__ import annotations

import importlib
from typing import Any

from theta.errors import ThetaError


def load_library(module: str, missing: ThetaError) -> Any:
    """Return the module of an optional library.

    Parameters
    ----------
    module : str
        As imported.
    missing : ThetaError
        Raised if the library is not installed; it says how to install it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # Something that the library itself misses is its own defect, not a missing extra.
        if error.name is None or error.name.split(".")[0] != module.split(".")[0]:
            raise
        raise missing from error


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, or its class if it says nothing."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
