"""Who turns texts into vectors: this process, a Ray cluster or a server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from theta.embeddings.encoder import Encoder, load_encoder
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.space import Space

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Item = TypeVar("Item")


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


def start_engine(space: Space, settings: EmbeddingSettings) -> Engine:
    """Return the engine that the settings ask for, its model loaded."""
    if space.checkpoint is None:
        from theta.embeddings.api import ApiEngine

        return ApiEngine(space, settings)
    if settings.engine == "ray":
        from theta.embeddings.cluster import RayEngine

        return RayEngine(space.checkpoint, settings)
    encoder = load_encoder(
        space.checkpoint,
        device=settings.device,
        max_length=settings.max_length,
        long_docs=settings.long_docs,
        batch_size=settings.batch_size,
    )
    return LocalEngine(encoder)


class LocalEngine:
    """One device of this machine, in this process.

    Parameters
    ----------
    encoder : Encoder
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed(self, works: Iterator[Work]) -> Iterator[Embedded]:
        """Yield the shards embedded, in order, each tokenised while the one before is computed."""
        for work, windows in ahead((work, self._encoder.tokenizer(work.texts)) for work in works):
            yield Embedded(work, self._encoder.encode_windows(windows), windows.tokens)


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield `items`, the next one being made in a thread meanwhile."""
    iterator = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="tokenizer") as pool:
        coming = pool.submit(next, iterator, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, iterator, None)
            yield item
