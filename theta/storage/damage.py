"""Errors for files whose content is no longer what this program wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from theta.errors import ThetaError


class Damaged(ThetaError):
    """The content of a file is no longer what this program wrote."""


@contextmanager
def with_fix_hint(fix: str) -> Iterator[None]:
    """Add the command that makes a damaged file again to the message of `Damaged`."""
    try:
        yield
    except Damaged as error:
        raise Damaged(f"{error}; make it again with: {fix}") from error


@contextmanager
def belonging_together(folder: Path) -> Iterator[None]:
    """Raise `Damaged` if the files of a folder do not fit together."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{folder} is damaged: its files do not fit together: {error}") from error
