"""Checks of the machine itself, of the tests that need a GPU, and of what a failure leaves."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path

import torch

from gpu_checks.block import Findings, Setting, Skipped
from theta.devices import is_device_failure
from theta.pipeline.fresh_process import in_fresh_process

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("numpy", "transformers", "tokenizers", "peft", "sentence-transformers", "scikit-learn")


def check_machine(setting: Setting, found: Findings) -> None:
    """Note versions, the card, and its rate of bf16 matrix products."""
    found.record("python", platform.python_version())
    found.record("torch", torch.__version__)
    for package in _PACKAGES:
        try:
            found.record(package, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            found.record(package, None)
    if not setting.rehearsal:
        properties = torch.cuda.get_device_properties(setting.device)
        found.record("card", properties.name)
        found.record("GiB", round(properties.total_memory / 2**30, 1))
        found.record("multiprocessors", properties.multi_processor_count)
        found.record("CUDA", torch.version.cuda)
        found.record("cuDNN", torch.backends.cudnn.version())
    rate = matrix_rate(setting)
    found.record("bf16 TFLOP/s", round(rate / 1e12, 3))
    found.require("float32 products are not rounded", not torch.backends.cuda.matmul.allow_tf32)


def matrix_rate(setting: Setting) -> float:
    """Return FLOP/s of a large bf16 matrix product, the best of five times four."""
    n = setting.choose(8192, 128)
    a, b = (torch.randn(n, n, device=setting.device, dtype=torch.bfloat16) for _ in range(2))
    seconds = []
    for _ in range(6):
        began = time.perf_counter()
        for _ in range(4):
            a @ b
        if not setting.rehearsal:
            torch.cuda.synchronize(setting.device)
        seconds.append((time.perf_counter() - began) / 4)
    # The first round makes the workspaces.
    return 2 * n**3 / min(seconds[1:])


def check_tests(setting: Setting, found: Findings) -> None:
    """Run the tests that are marked gpu."""
    import pytest

    files = [
        str(path)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "pytest.mark.gpu," in path.read_text(encoding="utf-8")
    ]
    # A rehearsal only looks whether they can be found: without a GPU they are skipped anyway.
    how = setting.choose([], ["--collect-only"])
    os.chdir(ROOT)
    code = pytest.main(["-m", "gpu", "-p", "no:cacheprovider", "-rf", "--tb=short", *how, *files])
    found.record("files", len(files))
    found.require("pytest -m gpu", code == 0, int(code))


def check_failure(setting: Setting, found: Findings) -> None:
    """Fail an assertion on the device: it is recognised, and a fresh process can use the device."""
    if not setting.rehearsal:
        try:
            table = torch.zeros(4, device=setting.device)
            table.index_select(0, torch.tensor([9], device=setting.device)).sum().item()
        except RuntimeError as error:
            found.require("recognised", is_device_failure(error), f"{type(error)}: {error}"[:200])
        else:
            found.require("an index out of range is an error", holds=False)
    found.require("a fresh process computes", in_fresh_process(_sum, setting.device) == 6.0)


def _sum(device: str) -> float:
    return float(torch.arange(4.0, device=device).sum())


def check_second_gpu(setting: Setting, found: Findings) -> None:
    """Train and embed on the second GPU, which leaves the first alone."""
    from gpu_checks.embedding import embed_some
    from gpu_checks.training import train_some

    if not setting.rehearsal and torch.cuda.device_count() < 2:
        raise Skipped("needs a second GPU")
    second = Setting(setting.choose("cuda:1", "cpu"))
    train_some(second)
    embed_some(second)
    if not setting.rehearsal:
        used = torch.cuda.memory_stats(0).get("allocated_bytes.all.peak", 0)
        found.require("nothing was put on the first", used == 0, f"{used} bytes")
