"""THETA: topic modelling from the command line, and from Python.

>>> from theta import THETA, load_run
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theta.estimator import THETA
    from theta.tables import load_run

__version__ = "0.1.0"

__all__ = ["THETA", "__version__", "load_run"]


def __getattr__(name: str) -> Any:
    """Bring the Python door when it is used: ``--help`` must not wait for what it needs."""
    if name == "THETA":
        from theta.estimator import THETA

        return THETA
    if name == "load_run":
        from theta.tables import load_run

        return load_run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
