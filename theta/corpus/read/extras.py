"""Libraries that are not installed by default."""

from __future__ import annotations

import warnings
from typing import Any

from theta.errors import InvalidOption
from theta.libraries import load_library

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
    package = PACKAGES[module]
    missing = NotInstalled(
        f"{purpose} are read with {package}, which is not installed: pip install {package}"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return load_library(module, missing)
