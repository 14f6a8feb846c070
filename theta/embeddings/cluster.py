"""Embedding on several GPUs or machines with Ray."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from theta.embeddings.loading import load_encoder
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import Embedded, ShardJob
from theta.embeddings.space import Space, find_space
from theta.errors import InvalidOption
from theta.workers.ray_cluster import connected, load_ray, ray_workers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SHARDS_AT_ONCE = 2
"""Shards in the hands of one worker: one is tokenised while the other is computed."""


class ShardWorker:
    """What runs on each GPU, or on each CPU core where there is none.

    Parameters
    ----------
    settings : EmbeddingSettings
    space_key : str
        The space that the driver found; a machine with other weights must not take part.
    """

    def __init__(self, settings: EmbeddingSettings, space_key: str) -> None:
        space = find_space(settings)
        if space.key != space_key or space.checkpoint is None:
            raise InvalidOption(
                f"a Ray worker found other weights than the driver: {space.model} ({space.origin})"
            )
        # Ray shows each worker its own GPU only.
        device = "cuda:0" if settings.device.startswith("cuda") else "cpu"
        on_device = dataclasses.replace(settings, device=device)
        self._encoder = load_encoder(space.checkpoint, on_device)
        self._computing = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return (vectors, token counts) of one shard's texts."""
        windows = self._encoder.tokenizer(texts)
        with self._computing:
            return self._encoder.encode_windows(windows), windows.tokens


class RayEngine:
    """A pool of workers on a Ray cluster; a shard whose worker is lost goes to another one.

    Parameters
    ----------
    space : Space
    settings : EmbeddingSettings

    Raises
    ------
    ThetaError
        If Ray is not installed or the cluster cannot be reached.
    """

    def __init__(self, space: Space, settings: EmbeddingSettings) -> None:
        load_ray()
        self._space_key = space.key
        self._settings = dataclasses.replace(settings, engine="local")

    def embed(self, jobs: Iterator[ShardJob]) -> Iterator[Embedded]:
        """Yield the shards embedded, in the order in which workers finish them."""
        on_gpus = self._settings.device.startswith("cuda")
        with (
            connected(self._settings.ray_address) as ray,
            ray_workers(ray, on_gpus=on_gpus, threads=_SHARDS_AT_ONCE) as workers,
        ):
            start = partial(ShardWorker, self._settings, self._space_key)
            for job, (vectors, tokens) in workers(start, ((job, job.texts) for job in jobs)):
                yield Embedded(job, vectors, tokens)
