"""What is told of files that no longer hold what this program wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from theta.errors import ThetaError


class Damaged(ThetaError):
    """A file that this program wrote no longer holds what was written."""


@contextmanager
def with_fix_hint(remedy: str) -> Iterator[None]:
    """Let what is found damaged say the command that makes it anew."""
    try:
        yield
    except Damaged as error:
        raise Damaged(f"{error}; make it anew with: {remedy}") from error


@contextmanager
def belonging_together(folder: Path) -> Iterator[None]:
    """Turn a breach of contract between the files of a folder into `Damaged`."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{folder} is damaged: its files do not fit together: {error}") from error
