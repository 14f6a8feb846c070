from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from theta.embeddings.settings import UNRECORDED, EmbeddingSettings


@pytest.fixture
def make_settings(models_dir: Path) -> Callable[..., EmbeddingSettings]:
    """Settings of the tiny 0.6B on the CPU, with some of them changed."""

    def make(**changed: Any) -> EmbeddingSettings:
        settings: dict[str, Any] = {
            "model_size": "0.6B",
            "models_dir": models_dir,
            "max_length": 64,
            "device": "cpu",
            "progress": False,
            "precision": UNRECORDED,
        }
        return EmbeddingSettings(**{**settings, **changed})

    return make
