"""GPUs: selecting one, classifying its errors, and computing deterministically."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

# torch reads it at the first matrix product on a GPU. Without it, deterministic algorithms are
# refused for the rest of the process. A value that the user has set is kept.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

_OUT_OF_MEMORY = (
    # torch's own allocator ("CUDA out of memory"), the driver ("CUDA error: out of memory",
    # "CUDA driver error: out of memory"), and pinned memory of the host.
    "out of memory",
    # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED, and related libraries.
    "_ALLOC_FAILED",
    # The allocator of the CPU raises a plain RuntimeError.
    "DefaultCPUAllocator",
)

_DEVICE_FAILED = ("CUDA error", "CUDA driver error", "cuDNN error", "CUBLAS_STATUS", "CUDNN_STATUS")


@contextmanager
def on_device(device: str) -> Iterator[None]:
    """Make a GPU the current device inside the block; does nothing for the CPU.

    Streams, events, pinned memory and CUDA graphs use the current device unless one is named,
    which libraries rarely do.

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
    """Return whether an exception means that memory ran out, on a GPU or on the host."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(part in str(error) for part in _OUT_OF_MEMORY)


def release_memory(device: str) -> None:
    """Give back what torch keeps of the memory of a GPU for later use; nothing for the CPU.

    Parameters
    ----------
    device : str
        ``cpu``, ``cuda:N`` or ``mps``.
    """
    import torch

    if device.startswith("cuda"):
        torch.cuda.empty_cache()
    elif device.startswith("mps"):
        torch.mps.empty_cache()


def copy_to_host(tensor: torch.Tensor) -> Callable[[], NDArray[np.float32]]:
    """Queue the copy of a tensor to the host and return what waits for it and returns it."""
    if tensor.device.type != "cuda":
        return lambda: tensor.cpu().numpy()
    import torch

    host = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
    host.copy_(tensor, non_blocking=True)
    copied = torch.cuda.Event()
    copied.record(torch.cuda.current_stream(tensor.device))

    def wait() -> NDArray[np.float32]:
        copied.synchronize()
        return host.numpy()

    return wait


def is_device_failure(error: BaseException) -> bool:
    """Return whether an exception is a GPU failure other than running out of memory.

    After some of them, such as a failed device-side assertion, every later GPU call in the same
    process fails too.
    """
    if not isinstance(error, RuntimeError) or is_out_of_memory(error):
        return False
    # torch.AcceleratorError is compared by name: torch before 2.8 does not have it.
    named = type(error).__name__ == "AcceleratorError"
    return named or any(part in str(error) for part in _DEVICE_FAILED)


@contextmanager
def seeded(seed: int, device: str, purpose: int = 0) -> Iterator[None]:
    """Seed torch's generators for a block and restore them afterwards.

    Parameters
    ----------
    seed : int
    device : str
    purpose : int
        Different purposes give different random numbers for the same seed.
    """
    import numpy as np
    import torch

    target = torch.device(device)
    devices = [target] if target.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(int(np.random.SeedSequence([seed, purpose]).generate_state(1)[0]))
        yield


@contextmanager
def repeatable(device: str) -> Iterator[None]:
    """Use deterministic algorithms on a GPU inside the block, so that a seed gives the same bits.

    Needed wherever gradients are gathered or attention is trained: both otherwise use atomic
    additions, whose order changes from run to run. Does nothing for the CPU.

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
    # Filling memory that is about to be overwritten only guards against bugs and costs time.
    memory.fill_uninitialized_memory = False
    try:
        if not _deterministic_products(device):
            torch.use_deterministic_algorithms(True, warn_only=True)
            logger.warning(
                "This process used %s before THETA was imported, so results there are not "
                "reproducible bit by bit; start it with CUBLAS_WORKSPACE_CONFIG=:4096:8",
                device,
            )
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
        memory.fill_uninitialized_memory = filled


def _deterministic_products(device: str) -> bool:
    """Return whether deterministic matrix products are available."""
    import torch

    one = torch.ones(1, 1, device=device)
    try:
        one @ one
    except RuntimeError as error:
        if "CUBLAS_WORKSPACE_CONFIG" not in str(error):
            raise
        return False
    return True
