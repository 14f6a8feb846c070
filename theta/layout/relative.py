"""A path inside a folder, as an attribute of the class that describes the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, overload


class Folder(Protocol):
    """Anything with a folder that its files are in."""

    @property
    def root(self) -> Path:
        """The folder."""
        ...


class RelativePath:
    """An attribute that is a path inside the folder `root` of its object.

    ``log = RelativePath("run.log")`` in a class makes ``files.log`` the path
    ``files.root / "run.log"``.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __truediv__(self, name: str) -> RelativePath:
        """Return the attribute of a file inside this folder."""
        return RelativePath(f"{self._path}/{name}")

    @overload
    def __get__(self, files: None, owner: type) -> RelativePath: ...

    @overload
    def __get__(self, files: Folder, owner: type) -> Path: ...

    def __get__(self, files: Folder | None, owner: type) -> Path | RelativePath:
        """Return the path for an object, or the attribute itself for its class."""
        return self if files is None else files.root / self._path
