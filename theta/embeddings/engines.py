"""What turns texts into vectors: this process, a Ray cluster or a server."""

from __future__ import annotations

from theta.embeddings.api import ApiEngine
from theta.embeddings.cluster import RayEngine
from theta.embeddings.library import LibraryEncoder
from theta.embeddings.loading import load_encoder
from theta.embeddings.local import LocalEngine
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import Engine
from theta.embeddings.space import Space


def start_engine(space: Space, settings: EmbeddingSettings) -> Engine:
    """Return the engine that the settings ask for, its model loaded."""
    if space.checkpoint is None:
        return ApiEngine(settings)
    if space.checkpoint.library_reason is not None:
        return LibraryEncoder(space.checkpoint, settings)
    if settings.engine == "ray":
        return RayEngine(space, settings)
    return LocalEngine(load_encoder(space.checkpoint, settings))
