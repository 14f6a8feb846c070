from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from theta.embeddings.settings import EmbeddingSettings


@pytest.fixture
def make_settings(models_dir: Path) -> Callable[..., EmbeddingSettings]:
    """Settings of the tiny 0.6B on the CPU, with some of them changed."""

    def make(**changed: Any) -> EmbeddingSettings:
        settings: dict[str, Any] = {
            "model_size": "0.6B",
            "models_dir": models_dir,
            "embedding_model": None,
            "embedding_dim": None,
            "max_length": 64,
            "long_docs": "truncate",
            "batch_size": 32,
            "device": "cpu",
            "engine": "local",
            "ray_address": None,
            "embedding_api_base": None,
            "embedding_api_key_env": None,
            "progress": False,
        }
        return EmbeddingSettings(**{**settings, **changed})

    return make
