"""Embedding on one device of this machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from theta.embeddings.encoder import Encoder
from theta.embeddings.shard_jobs import Embedded, ShardJob

Item = TypeVar("Item")


class LocalEngine:
    """One device of this machine, in this process.

    Parameters
    ----------
    encoder : Encoder
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        """Yield the shards embedded, in order, each tokenised while the one before is computed."""
        for job, windows in ahead((job, self._encoder.tokenizer(job.texts)) for job in jobs):
            yield Embedded(job, self._encoder.encode_windows(windows), windows.tokens)


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Yield `items`, the next one being made in a thread meanwhile."""
    iterator = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="tokenizer") as pool:
        coming = pool.submit(next, iterator, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, iterator, None)
            yield item
