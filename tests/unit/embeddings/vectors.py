"""Vectors of a few texts, in one batch and without files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from theta.embeddings.assemble import keep_dimensions
from theta.embeddings.engines import start_engine
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import ShardJob
from theta.embeddings.shards import hash_texts
from theta.embeddings.space import check_dim, find_space


def encode_texts(texts: Sequence[str], settings: EmbeddingSettings) -> NDArray[np.float16]:
    """Return the vectors that `embed_corpus` would store."""
    job = ShardJob(hash_texts(texts, len(texts)), texts)
    (embedded,) = start_engine(find_space(settings), settings).embed(iter([job]))
    check_dim(settings, embedded.vectors.shape[1])
    stored = embedded.vectors.astype(np.float16)
    return keep_dimensions(stored, settings.embedding_dim or stored.shape[1])
