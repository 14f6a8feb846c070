"""The device that a run uses, and how much of its memory."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from theta.devices import is_device_failure, is_out_of_memory
from theta.errors import DeviceFailed, InvalidOption, OutOfMemory

logger = logging.getLogger(__name__)

CPU = -1

_SHARE = 0.5
"""Default share of the memory that documents may take in training."""

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def choose_device(gpu: int | None, *, embeds: bool = False) -> str:
    """Return ``cpu`` or ``cuda:N``; for embedding also ``mps``, the GPU of a Mac.

    `gpu` counts within CUDA_VISIBLE_DEVICES, which belongs to the user and is never changed.

    Parameters
    ----------
    gpu : int, optional
        Number of the device, -1 for the CPU; None for the first CUDA device where there is one.
        A Mac's is taken when it is asked for.
    embeds : bool
        Whether texts are embedded there. Training needs float64, which a Mac's GPU does not have.

    Raises
    ------
    InvalidOption
        If there are GPUs, but not this one.
    """
    if gpu == CPU:
        return "cpu"
    import torch

    count = count_gpus()
    if count == 0 and torch.backends.mps.is_available():
        return _choose_mps(gpu, embeds=embeds)
    if count == 0:
        if gpu is not None:
            logger.warning("--gpu %d: there is no CUDA device; using the CPU.", gpu)
        return "cpu"
    if gpu is not None and gpu >= count:
        devices = ", ".join(f"{i}: {torch.cuda.get_device_name(i)}" for i in range(count))
        raise InvalidOption(
            f"--gpu {gpu}: there is no such device; the visible devices are {devices}"
        )
    return f"cuda:{gpu or 0}"


def count_gpus() -> int:
    """Return the number of CUDA devices that are visible."""
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _choose_mps(gpu: int | None, *, embeds: bool) -> str:
    if gpu is not None and gpu > 0:
        raise InvalidOption(f"--gpu {gpu}: there is no such device; visible is 0: the Mac's GPU")
    if gpu is None or not embeds:
        if gpu is not None:
            logger.warning("--gpu 0: the GPU of a Mac only embeds; this runs on the CPU.")
        elif embeds:
            logger.info("Embedding on the CPU; --gpu 0 embeds on the GPU of this Mac.")
        return "cpu"
    return "mps"


@contextmanager
def device_errors(model: str, model_options: Any, device: str) -> Iterator[None]:
    """Turn device errors inside the block into errors of one model.

    Parameters
    ----------
    model : str
    model_options : dataclass
    device : str

    Raises
    ------
    OutOfMemory
        If memory ran out, on the device or on this machine.
    DeviceFailed
        If the GPU failed for another reason; --verbose shows the traceback.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            raise OutOfMemory(
                f"{model} does not fit into the memory of {device}: {_smaller(model_options)}"
            ) from error
        if not is_device_failure(error):
            raise
        logger.debug("%s failed on %s", model, device, exc_info=True)
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DeviceFailed(
            f"{model} failed on {device} ({reason}): try --gpu {CPU}; CUDA_LAUNCH_BLOCKING=1 and "
            "--verbose show where it failed"
        ) from error


def _smaller(model_options: Any) -> str:
    batch_size = getattr(model_options, "batch_size", None)
    if batch_size is None or batch_size < 4:
        return "stop other programs that use it, or prepare with a smaller --vocab_size"
    return f"try --batch_size {batch_size // 2}, or stop other programs that use it"


def training_memory(max_memory: float | None, device: str) -> int:
    """Return how many bytes of documents may be held in memory in training.

    Parameters
    ----------
    max_memory : float, optional
        Limit in GiB set by the user; None for half the memory of the machine or container.
    device : str
        On a GPU, at most half of its free memory is used.
    """
    allowed = int(_SHARE * _host_memory()) if max_memory is None else int(max_memory * 2**30)
    if device == "cpu":
        return allowed
    import torch

    free, _ = torch.cuda.mem_get_info(device)
    return min(allowed, int(_SHARE * free))


def _host_memory() -> int:
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if _CGROUP_LIMIT.is_file() and (limit := _CGROUP_LIMIT.read_text().strip()).isdigit():
        return min(physical, int(limit))
    return physical
