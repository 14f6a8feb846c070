"""The unit of work: the texts of one shard, and their vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Work:
    """The texts of one shard.

    Attributes
    ----------
    hashes : (n, 2) uint64
    texts : sequence of str
    """

    hashes: NDArray[np.uint64]
    texts: Sequence[str]


@dataclass(frozen=True)
class Embedded:
    """A shard's texts, embedded.

    Attributes
    ----------
    work : Work
    vectors : (n, dim) float32
        Unit length.
    tokens : (n, 2) int32
        Tokens of each whole text and of its first window, or `UNKNOWN_TOKENS`.
    """

    work: Work
    vectors: NDArray[np.float32]
    tokens: NDArray[np.int32]


class Engine(Protocol):
    """Embeds the texts of shards; a shard is what is lost when the process is killed."""

    def embed(self, works: Iterator[Work]) -> Iterator[Embedded]:
        """Yield the shards embedded, in any order."""
        ...
