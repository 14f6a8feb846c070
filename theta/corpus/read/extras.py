"""Optional libraries for reading files."""

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
"""pip's names of modules."""


class NotInstalled(InvalidOption):
    """An optional library is not installed."""


def needed(module: str, purpose: str) -> Any:
    """Return a module of an optional library.

    Raises
    ------
    NotInstalled
        If it is not installed; the message has the command that installs it.
    """
    package = PACKAGES[module]
    missing = NotInstalled(
        f"{purpose} are read with {package}, which is not installed: pip install {package}"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return load_library(module, missing)
