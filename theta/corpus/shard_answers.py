"""What workers have found out about shards, kept until the corpus is finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.storage import Damaged, read_checked, replacing_file, write_checked

if TYPE_CHECKING:
    from numpy.typing import NDArray

Answer = tuple[dict[str, "NDArray[Any]"], dict[str, str]]
"""Arrays and texts."""


@dataclass(frozen=True)
class ShardAnswers:
    """The answers of one pass, a file for each shard, so that an interrupted command goes on.

    Attributes
    ----------
    folder : Path
        All workers see it.
    name : str
        Of the pass.
    about : str
        Changes with everything that the answers depend on.
    """

    folder: Path
    name: str
    about: str

    def keep(
        self, number: int, arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, str]
    ) -> None:
        """Write the answer about a shard."""
        with replacing_file(self._path(number)) as new:
            write_checked(new, arrays, {**facts, "about": self.about})

    def of(self, number: int) -> Answer | None:
        """Return the answer about a shard; None if there is none, or to another question."""
        path = self._path(number)
        if not path.is_file():
            return None
        try:
            arrays, facts = read_checked(path)
        except Damaged:
            return None  # it is made again
        return (arrays, facts) if facts.pop("about", None) == self.about else None

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06d}.{self.name}"
