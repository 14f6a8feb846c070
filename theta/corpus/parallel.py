"""Tokenize chunks on all cores, in order, with bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from theta.corpus.bow import ChunkRules, ChunkTokens, tokenize_chunk
from theta.devices.threads import available_cores
from theta.workers.engines import run_here

T = TypeVar("T")

PATIENCE = 4.0
"""Seconds of work in this process before others are started."""


def tokenize_chunks(
    chunks: Iterable[tuple[T, Sequence[str]]], rules: ChunkRules, workers: int | None = None
) -> Iterator[tuple[T, ChunkTokens]]:
    """Yield each chunk with its words, in order.

    A small corpus is tokenized in this process; whatever is left after a few seconds goes to all
    cores. The result is the same.

    Parameters
    ----------
    chunks : iterable of (anything, texts)
    rules : ChunkRules
    workers : int, optional
        Number of processes; by default the cores available to this process. 1 starts none.
    """
    workers = available_cores() if workers is None else workers
    chunks = iter(chunks)
    began = time.perf_counter()
    for kept, texts in chunks:
        yield kept, tokenize_chunk(texts, rules)
        if workers > 1 and time.perf_counter() - began > PATIENCE:
            start = partial(_tokenizer, rules)
            yield from run_here(start, chunks, workers, "--threads", in_order=True)


def _tokenizer(rules: ChunkRules) -> Callable[[Sequence[str]], ChunkTokens]:
    return partial(tokenize_chunk, rules=rules)
