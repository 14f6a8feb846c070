"""Fixtures that more than one folder of tests uses."""

from __future__ import annotations

import os

# Before torch is imported: on the small matrices of the tests, threads that wait for one another
# cost ten times what they bring, the more so beside other work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_models import make_models_dir


@pytest.fixture(scope="session", autouse=True)
def unsynced_disk() -> Iterator[None]:
    """Do not wait for the disk: no test takes the power away, and thousands of files are synced.

    Processes that tests start do wait.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for THETA_MODELS_DIR with a tiny random model for 0.6B, 4B and 8B."""
    return make_models_dir(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def ray_cluster() -> Iterator[None]:
    """Ray, connected to a cluster of two workers on this machine."""
    ray = pytest.importorskip("ray")
    root = str(Path(__file__).resolve().parents[1])
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"}},
    )
    yield
    ray.shutdown()
