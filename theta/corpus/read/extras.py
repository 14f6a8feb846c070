"""Libraries that are not installed by default."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from theta.errors import InvalidOption

PACKAGES = {
    "openpyxl": "openpyxl",
    "docx": "python-docx",
    "pypdf": "pypdf",
}
"""What pip calls a module."""


class NotInstalled(InvalidOption):
    """A library that is an extra is not there."""


def needed(module: str, purpose: str) -> Any:
    """Return a module of an optional library.

    Raises
    ------
    NotInstalled
        If it is not installed; names the command that installs it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = PACKAGES[module]
        raise NotInstalled(
            f"{purpose} are read with {package}, which is not installed: pip install {package}"
        ) from error
