"""An engine that embeds a sample of the shards, for `bench_stages.py`."""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import fields
from importlib.util import find_spec
from itertools import cycle
from typing import Any

import numpy as np

SAMPLED, LEFT_OUT = "embed a sample", "vectors in place of the model's"
"""The stages of the two kinds of shards."""

Stage = Callable[[str], AbstractContextManager[None]]
"""Returns a context whose seconds count for the named stage."""


def has_module(module: str) -> bool:
    """Return whether the version that is measured has a module."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


class SampledEngine:
    """Embeds every Nth shard and takes the vectors of the other texts from elsewhere."""

    def __init__(
        self, engine: Any, arguments: argparse.Namespace, stage: Stage, seen: list[int]
    ) -> None:
        self._engine, self._stage = engine, stage
        self._every = arguments.shards
        with stage(LEFT_OUT):
            self._known = _vectors_by_text(arguments)
        self._seen = seen

    @classmethod
    def install(cls, arguments: argparse.Namespace, stage: Stage) -> Callable[[], float]:
        """Replace the engine of the program; return what returns the factor of its seconds."""
        embed = importlib.import_module("theta.embeddings.embed")
        start = embed.start_engine
        seen = [0, 0]  # texts in all shards, and in those that were embedded

        def start_sampled(*settings: Any) -> SampledEngine:
            return cls(start(*settings), arguments, stage, seen)

        def factor() -> float:
            if not seen[1]:
                raise SystemExit(
                    f"--shards {arguments.shards}: the texts make too few shards for one to be "
                    "embedded; give a smaller number"
                )
            return seen[0] / seen[1]

        embed.start_engine = start_sampled
        return factor

    def embed(self, jobs: Iterable[Any]) -> Iterator[Any]:
        """Yield the shards."""
        for job, number in zip(jobs, cycle(range(self._every)), strict=False):
            self._seen[0] += len(job.texts)
            if number == self._every // 2:
                self._seen[1] += len(job.texts)
                with self._stage(SAMPLED):
                    embedded = next(self._engine.embed(iter([job])))
            else:
                with self._stage(LEFT_OUT):
                    embedded = self._instead(job)
            yield embedded

    def _instead(self, job: Any) -> Any:
        vectors = np.stack([self._vector(text) for text in job.texts])
        tokens = np.full((len(job.texts), 2), 1, dtype=np.int32)
        module = "shard_jobs" if has_module("theta.embeddings.shard_jobs") else "works"
        made = importlib.import_module(f"theta.embeddings.{module}").Embedded
        assert len(fields(made)) == 3
        return made(job, vectors, tokens)

    def _vector(self, text: str) -> np.ndarray:
        known = self._known.get(_key(text))
        if known is not None:
            return known
        vector = np.random.default_rng(int(_key(text)[:8], 16)).normal(size=384)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


def _vectors_by_text(arguments: argparse.Namespace) -> dict[str, np.ndarray]:
    if arguments.vectors is None:
        return {}
    csv.field_size_limit(1 << 30)
    with arguments.texts.open(encoding="utf-8", newline="") as handle:
        keys = [_key(row["text"]) for row in csv.DictReader(handle)]
    return dict(zip(keys, np.load(arguments.vectors).astype(np.float32), strict=True))


def _key(text: str) -> str:
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()
