"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tiny_models import make_models_dir


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for THETA_MODELS_DIR with a tiny random model for 0.6B, 4B and 8B."""
    return make_models_dir(tmp_path_factory.mktemp("models"))
