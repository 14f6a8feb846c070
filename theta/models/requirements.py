"""What a model cannot do without: optional libraries, and data that not every corpus has."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any, TypeVar

from theta.errors import InvalidOption, ThetaError
from theta.libraries import load_library

Data = TypeVar("Data")


def require_library(module: str, extra: str) -> Any:
    """Return an optional module.

    Parameters
    ----------
    module : str
        As imported.
    extra : str
        The optional dependencies of pyproject.toml that bring it.

    Raises
    ------
    ThetaError
        If it is not installed; names the command that installs it.
    """
    return load_library(module, _not_installed(module, extra))


def check_libraries(libraries: Mapping[str, str]) -> None:
    """Raise `ThetaError` if an optional library is not installed; imports none.

    Parameters
    ----------
    libraries : mapping of str to str
        By top-level module, the optional dependencies that bring it.
    """
    for module, extra in libraries.items():
        if importlib.util.find_spec(module) is None:
            raise _not_installed(module, extra)


def _not_installed(module: str, extra: str) -> ThetaError:
    return ThetaError(
        f"{module} is not installed; it comes with: pip install 'theta-topics[{extra}]'"
    )


def require_data(data: Data | None, model: str, what: str) -> Data:
    """Return data that the model needs.

    Raises
    ------
    InvalidOption
        If there is none.
    """
    if data is None:
        raise InvalidOption(f"the model {model} needs {what}")
    return data
