"""Requirements of models: optional libraries and optional data."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from theta.errors import InvalidOption, LibraryFailed, ThetaError
from theta.libraries import load_library

logger = logging.getLogger(__name__)

Data = TypeVar("Data")


def require_library(module: str, extra: str) -> Any:
    """Return an optional module.

    Parameters
    ----------
    module : str
        As imported.
    extra : str
        The extra of pyproject.toml that installs it.

    Raises
    ------
    ThetaError
        If it is not installed, with the command that installs it.
    """
    return load_library(module, _not_installed(module, extra))


@contextmanager
def library_errors(library: str) -> Iterator[None]:
    """Convert exceptions of a library to `LibraryFailed`.

    Use it only for calls with valid arguments: what a library then raises is its own failure.

    Parameters
    ----------
    library : str

    Raises
    ------
    LibraryFailed
        Instead of any exception of the library; --verbose shows the traceback.
    """
    try:
        yield
    except (ThetaError, MemoryError):
        raise
    except Exception as error:
        logger.debug("%s failed", library, exc_info=True)
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise LibraryFailed(f"{library} failed: {type(error).__name__}: {reason}") from error


def check_libraries(libraries: Mapping[str, str]) -> None:
    """Raise `ThetaError` if an optional library is not installed; imports none.

    Parameters
    ----------
    libraries : mapping of str to str
        By top-level module, the extra that installs it.
    """
    for module, extra in libraries.items():
        if importlib.util.find_spec(module) is None:
            raise _not_installed(module, extra)


def _not_installed(module: str, extra: str) -> ThetaError:
    return ThetaError(
        f"{module} is not installed; it comes with: pip install 'theta-topics[{extra}]'"
    )


def require_data(data: Data | None, model: str, what: str) -> Data:
    """Return optional data that the model needs.

    Raises
    ------
    InvalidOption
        If there is none.
    """
    if data is None:
        raise InvalidOption(f"the model {model} needs {what}")
    return data
