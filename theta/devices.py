"""What an accelerator asks of its users: which one is meant, and what its errors mean."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

logger = logging.getLogger(__name__)

# torch looks for it at the first matrix product on a GPU, and refuses deterministic algorithms for
# the rest of the process where it is missing. A value that the user has set stays.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

_OUT_OF_MEMORY = (
    # torch's own allocator ("CUDA out of memory"), the driver ("CUDA error: out of memory",
    # "CUDA driver error: out of memory"), and pinned memory of the host.
    "out of memory",
    # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED, and their sister libraries.
    "_ALLOC_FAILED",
    # The allocator of the CPU raises a plain RuntimeError.
    "DefaultCPUAllocator",
)

_DEVICE_FAILED = ("CUDA error", "CUDA driver error", "cuDNN error", "CUBLAS_STATUS", "CUDNN_STATUS")


@contextmanager
def on_device(device: str) -> Iterator[None]:
    """Make a GPU the current one inside; the CPU needs nothing.

    Streams, events, pinned memory and CUDA graphs belong to the current device unless they are
    given one, and libraries rarely give them one.

    Parameters
    ----------
    device : str
        ``cpu`` or ``cuda:N``.
    """
    if not device.startswith("cuda"):
        yield
        return
    import torch

    with torch.cuda.device(device):
        yield


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception says that memory ran out, on a GPU or on the host."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(part in str(error) for part in _OUT_OF_MEMORY)


def is_device_failure(error: BaseException) -> bool:
    """Return whether an exception is a failure of the GPU other than a lack of memory.

    After some of them, a failed device-side assertion for one, every later call to the GPU fails
    in the same process.
    """
    if not isinstance(error, RuntimeError) or is_out_of_memory(error):
        return False
    # torch.AcceleratorError by its name: torch before 2.8 does not have it.
    named = type(error).__name__ == "AcceleratorError"
    return named or any(part in str(error) for part in _DEVICE_FAILED)


@contextmanager
def repeatable(device: str) -> Iterator[None]:
    """Let a GPU compute with deterministic algorithms inside, so that a seed gives the same bits.

    Needed where gradients are gathered or attention is trained: both add atomically otherwise, in
    an order that changes from run to run. On the CPU nothing changes.

    Parameters
    ----------
    device : str
        ``cpu`` or ``cuda:N``.
    """
    if not device.startswith("cuda"):
        yield
        return
    import torch

    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic
    filled = memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    # Filling memory that is about to be written guards against bugs, at the price of a write each.
    memory.fill_uninitialized_memory = False
    try:
        if not _multiplies(device):
            torch.use_deterministic_algorithms(True, warn_only=True)
            logger.warning(
                "This process used %s before THETA was imported, so a seed will not give the same "
                "bits there; to have them, start it with CUBLAS_WORKSPACE_CONFIG=:4096:8",
                device,
            )
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
        memory.fill_uninitialized_memory = filled


def _multiplies(device: str) -> bool:
    """Return whether deterministic algorithms for matrix products can be had."""
    import torch

    one = torch.ones(1, 1, device=device)
    try:
        one @ one
    except RuntimeError as error:
        if "CUBLAS_WORKSPACE_CONFIG" not in str(error):
            raise
        return False
    return True
