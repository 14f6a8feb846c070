"""What runs on a GPU stays on it and asks it for nothing, as far as a CPU can tell."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from torch.utils import backend_registration

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this torch has no backends written in Python",
)
def test_steps_and_embedding_on_a_gpu_that_is_not_there() -> None:
    # In a process of its own, since a backend cannot be taken back.
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "fake_gpu.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    models = ["theta, guided", "theta", "ctm", "etm", "gsm", "nvdm", "prodlda", "dtm"]
    assert done.stdout.splitlines() == [*models, "qwen3", "bert"]
