"""Vectors on disk by the content of their text, so that no text is ever embedded twice.

A shard is one file: the hashes of its texts, their vectors and token counts, and a checksum of all
that. It is written under another name and renamed, so it is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from theta.layout import EmbeddingFiles
from theta.storage import Damaged, cannot_write, read_npz

UNKNOWN_TOKENS = -1
"""Token count of a text that a server tokenised."""

_HASH_BYTES = 16
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Shard:
    """Some texts' vectors.

    Attributes
    ----------
    hashes : (n, 2) uint64
        As `hash_texts` returns them.
    vectors : (n, dim) float16
    tokens : (n, 2) int32
        Tokens of each whole text and of its first window, or `UNKNOWN_TOKENS`.
    """

    hashes: NDArray[np.uint64]
    vectors: NDArray[np.float16]
    tokens: NDArray[np.int32]

    def checksum(self) -> str:
        """Return the sha256 of everything in it, in hexadecimal."""
        digest = hashlib.sha256(str(self.vectors.shape).encode())
        for array in (self.hashes, self.vectors, self.tokens):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def hash_texts(texts: Iterable[str], n_texts: int) -> NDArray[np.uint64]:
    """Return a 128-bit hash of each text: (n_texts, 2).

    Raises
    ------
    ValueError
        If there are not `n_texts` of them.
    """
    hashes = np.empty((n_texts, 2), dtype=np.uint64)
    number = -1
    for number, text in enumerate(texts):
        if number < n_texts:
            # surrogatepass: a lone surrogate from a broken file is still some text.
            digest = hashlib.blake2b(
                text.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES
            ).digest()
            hashes[number] = np.frombuffer(digest, dtype="<u8")
    if number + 1 != n_texts:
        raise ValueError(f"{number + 1} texts came where {n_texts} were announced")
    return hashes


def write_shard(folder: Path, shard: Shard) -> Path:
    """Write one shard into `folder`, flushed to the disk, and return its path."""
    checksum = shard.checksum()
    path = folder / EmbeddingFiles.shard_name(checksum)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(suffix=_UNFINISHED, dir=folder)
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez(
                    file,
                    hashes=shard.hashes,
                    vectors=shard.vectors,
                    tokens=shard.tokens,
                    checksum=np.frombuffer(bytes.fromhex(checksum), dtype=np.uint8),
                )
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error
    return path


def read_shard(path: Path) -> Shard:
    """Return a shard, or raise `Damaged` if it is not what was written."""
    arrays = read_npz(path)
    try:
        shard = Shard(arrays["hashes"], arrays["vectors"], arrays["tokens"])
        written = arrays["checksum"].tobytes().hex()
    except KeyError as error:
        raise Damaged(f"{path} is damaged: it has no {error}") from error
    if shard.checksum() != written:
        raise Damaged(f"{path} is damaged: its checksum is not the one it was written with")
    return shard


@dataclass(frozen=True)
class ShardEntry:
    """What the index keeps of a shard: all but the vectors."""

    path: Path
    hashes: NDArray[np.uint64]
    tokens: NDArray[np.int32]
    dim: int

    @classmethod
    def of(cls, path: Path, shard: Shard) -> ShardEntry:
        """Return the entry of a shard that lies at `path`."""
        return cls(path, shard.hashes, shard.tokens, int(shard.vectors.shape[1]))


def scan_shards(folder: Path) -> tuple[list[ShardEntry], list[Path]]:
    """Return (the sound shards, the damaged ones) of a folder, each read whole and checked."""
    entries, damaged = [], []
    for path in sorted(folder.glob("*.npz")):
        try:
            entries.append(ShardEntry.of(path, read_shard(path)))
        except Damaged:
            damaged.append(path)
    return entries, damaged


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half-written. Only while holding the folder's lock."""
    for path in folder.glob(f"*{_UNFINISHED}"):
        path.unlink(missing_ok=True)


class ShardIndex:
    """Where the vector of each text lies.

    Parameters
    ----------
    entries : sequence of ShardEntry
    """

    def __init__(self, entries: Sequence[ShardEntry]) -> None:
        self._paths = [entry.path for entry in entries]
        sizes = [len(entry.hashes) for entry in entries]
        hashes = np.concatenate([np.empty((0, 2), np.uint64), *(e.hashes for e in entries)])
        order = np.lexsort((hashes[:, 1], hashes[:, 0]))
        self._hashes = hashes[order]
        self._shard = np.repeat(np.arange(len(entries), dtype=np.int32), sizes)[order]
        rows = (np.arange(n, dtype=np.int32) for n in sizes)
        self._row = np.concatenate([np.empty(0, np.int32), *rows])[order]
        self._tokens = np.concatenate(
            [np.empty((0, 2), np.int32), *(entry.tokens for entry in entries)]
        )[order]

    def find(self, hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return the place of each text in this index, -1 where it is not there."""
        if not len(self._hashes):
            return np.full(len(hashes), -1, dtype=np.intp)
        places = np.searchsorted(self._hashes[:, 0], hashes[:, 0])
        last = len(self._hashes) - 1
        while True:
            # Texts that share the first half of their hash lie side by side.
            here = self._hashes[np.minimum(places, last)]
            step = (places <= last) & (here[:, 0] == hashes[:, 0]) & (here[:, 1] != hashes[:, 1])
            if not step.any():
                break
            places = places + step
        found = (places <= last) & (here == hashes).all(axis=1)
        return np.where(found, places, -1)

    def tokens(self, places: NDArray[np.intp]) -> NDArray[np.int32]:
        """Return the token counts of the texts at some places: (n, 2), as in `Shard`."""
        return self._tokens[places]

    def by_shard(
        self, places: NDArray[np.intp]
    ) -> Iterable[tuple[Path, NDArray[np.intp], NDArray[np.int32]]]:
        """Yield (shard, positions in `places`, rows in the shard), each shard once."""
        order = np.argsort(self._shard[places], kind="stable")
        shards = self._shard[places][order]
        for group in np.split(order, np.flatnonzero(np.diff(shards)) + 1):
            if len(group):
                yield self._paths[self._shard[places[group[0]]]], group, self._row[places[group]]
