"""Tokenize chunks on all cores, in order, with bounded memory."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from theta.corpus.bow import ChunkRules, ChunkTokens, tokenize_chunk
from theta.devices.threads import available_cores
from theta.errors import OutOfMemory
from theta.workers import begin_work

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
            yield from _on_all_cores(chunks, rules, workers)


def _on_all_cores(
    chunks: Iterator[tuple[T, Sequence[str]]], rules: ChunkRules, workers: int
) -> Iterator[tuple[T, ChunkTokens]]:
    # A fork of a process with threads (Arrow's, torch's) can deadlock, so spawn.
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (rules,)) as pool:
        waiting: deque[tuple[T, Future[ChunkTokens]]] = deque()
        try:
            for kept, texts in chunks:
                waiting.append((kept, pool.submit(_work, texts)))
                if len(waiting) > 2 * workers:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        except BrokenProcessPool as error:
            raise OutOfMemory(
                "the system ended a tokenizing process, most likely for lack of memory; run fewer "
                "at once, for example with: taskset -c 0 python ..."
            ) from error
        finally:
            for _, future in waiting:
                future.cancel()


_rules: ChunkRules | None = None


def _start(rules: ChunkRules) -> None:
    global _rules
    _rules = rules
    begin_work()


def _work(texts: Sequence[str]) -> ChunkTokens:
    assert _rules is not None, "the process was started without its rules"
    return tokenize_chunk(texts, _rules)
