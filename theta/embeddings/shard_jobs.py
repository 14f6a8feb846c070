"""The unit of work: the texts of one shard, how they are cut from a corpus, and their vectors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


SHARD_TEXTS = 512
"""Texts of a shard: the most that a kill can lose."""

_BLOCK_TEXTS = 16 * SHARD_TEXTS
_BLOCK_CHARACTERS = 1 << 25
"""Texts are sorted by length within blocks of this size, which is what a process holds of them."""


@dataclass(frozen=True)
class Texts:
    """Texts that can be read again and again, as a corpus too large for memory can.

    Attributes
    ----------
    read : callable
        Returns a new iterator over the texts, the same ones in the same order every time.
    n : int
        How many there are.
    """

    read: Callable[[], Iterable[str]]
    n: int

    @classmethod
    def of(cls, texts: Sequence[str]) -> Texts:
        """Return texts that are in memory anyway."""
        return cls(lambda: texts, len(texts))


@dataclass(frozen=True)
class ShardJob:
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
    job : ShardJob
    vectors : (n, dim) float32
        Unit length.
    tokens : (n, 2) int32
        Tokens of each whole text and of its first window, or `UNKNOWN_TOKENS`.
    """

    job: ShardJob
    vectors: NDArray[np.float32]
    tokens: NDArray[np.int32]


class Engine(Protocol):
    """Embeds the texts of shards; a shard is what is lost when the process is killed."""

    def embed(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        """Yield the shards embedded, in any order."""
        ...


def cut_shard_jobs(
    parts: Iterable[Texts],
    hashes: NDArray[np.uint64],
    distinct: NDArray[np.bool_],
    missing: NDArray[np.bool_],
) -> Iterator[ShardJob]:
    """Yield the missing texts in shards of nearly equal length, sorted within large blocks.

    Shards are cut from all distinct texts and those that are complete are left out afterwards, so
    that a text goes through the model in the same company wherever an earlier call was killed.

    Parameters
    ----------
    parts : iterable of Texts
    hashes : (n_texts, 2) uint64
        Of the texts of all parts.
    distinct : (n_texts,) bool
        Of equal texts the first.
    missing : (n_texts,) bool
        Of the distinct texts those without a vector.
    """
    rows: list[int] = []
    texts: list[str] = []
    n_characters = 0
    every = itertools.chain.from_iterable(part.read() for part in parts)
    for row, text in enumerate(every):
        if not distinct[row]:
            continue
        rows.append(row)
        texts.append(text)
        n_characters += len(text)
        if len(texts) == _BLOCK_TEXTS or n_characters >= _BLOCK_CHARACTERS:
            yield from _cut_block(rows, texts, hashes, missing)
            rows, texts, n_characters = [], [], 0
    yield from _cut_block(rows, texts, hashes, missing)


def _cut_block(
    rows: list[int], texts: list[str], hashes: NDArray[np.uint64], missing: NDArray[np.bool_]
) -> Iterator[ShardJob]:
    # Characters foretell tokens well enough to bring like to like; inside a shard the batches are
    # packed by tokens.
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    for start in range(0, len(order), SHARD_TEXTS):
        shard = order[start : start + SHARD_TEXTS]
        chosen = [place for place in shard if missing[rows[place]]]
        if chosen:
            yield ShardJob(
                hashes[[rows[place] for place in chosen]], [texts[place] for place in chosen]
            )
