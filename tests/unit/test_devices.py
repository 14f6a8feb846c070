from __future__ import annotations

import os
from contextlib import nullcontext

import pytest
import torch

from theta import devices
from theta.devices import is_device_failure, is_out_of_memory, on_device, repeatable

OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total"),
    torch.AcceleratorError("CUDA error: out of memory"),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported"),
    RuntimeError("CUDA driver error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:118] . DefaultCPUAllocator: can't allocate"),
    MemoryError(),
]

DEVICE_FAILURES = [
    torch.AcceleratorError("CUDA error: device-side assert triggered"),
    RuntimeError("CUDA error: an illegal memory access was encountered"),
    RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm( handle)`"),
    RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
]

BUGS = [
    RuntimeError("mat1 and mat2 shapes cannot be multiplied (3x4 and 5x6)"),
    ValueError("out of memory"),
    IndexError("index out of range in self"),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=str)
def test_lack_of_memory_is_recognised(error: Exception) -> None:
    assert is_out_of_memory(error)
    assert not is_device_failure(error)


@pytest.mark.parametrize("error", DEVICE_FAILURES, ids=str)
def test_a_failure_of_the_device_is_recognised(error: Exception) -> None:
    assert is_device_failure(error)
    assert not is_out_of_memory(error)


@pytest.mark.parametrize("error", BUGS, ids=str)
def test_a_bug_is_neither(error: Exception) -> None:
    assert not is_device_failure(error)
    assert not is_out_of_memory(error)


def test_memory_that_the_allocator_of_the_cpu_really_refuses() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**60, dtype=torch.int8)
    assert is_out_of_memory(caught.value)


def test_the_device_is_made_current(monkeypatch: pytest.MonkeyPatch) -> None:
    current: list[str] = []

    def fake_device(device: str):
        current.append(device)
        return nullcontext()

    monkeypatch.setattr(torch.cuda, "device", fake_device)
    with on_device("cuda:1"):
        assert current == ["cuda:1"]
    with on_device("cpu"):
        assert current == ["cuda:1"]


def test_deterministic_algorithms_on_a_gpu_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_deterministic_products", lambda device: True)
    with repeatable("cpu"):
        assert not torch.are_deterministic_algorithms_enabled()
    with repeatable("cuda:0"):
        assert torch.are_deterministic_algorithms_enabled()
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
        # torch asks for it as soon as it multiplies on a GPU.
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"]
    assert not torch.are_deterministic_algorithms_enabled()


def test_where_torch_refuses_deterministic_products(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It has multiplied on the GPU before this package could ask for them."""
    monkeypatch.setattr(devices, "_deterministic_products", lambda device: False)
    with repeatable("cuda:0"):
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    assert "start it with CUBLAS_WORKSPACE_CONFIG=:4096:8" in caplog.text
    assert not torch.are_deterministic_algorithms_enabled()
