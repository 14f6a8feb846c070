"""Which device a run uses."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from theta.errors import InvalidOption

logger = logging.getLogger(__name__)

CPU = -1

_SHARE = 0.5
"""Of the memory, that documents may take in training unless the user says otherwise."""

_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def choose_device(gpu: int | None) -> str:
    """Return ``cpu`` or ``cuda:N``.

    CUDA_VISIBLE_DEVICES is the user's: it is never written, and `gpu` counts within it.

    Parameters
    ----------
    gpu : int, optional
        Number of the device, -1 for the CPU; None for the first GPU where there is one.

    Raises
    ------
    InvalidOption
        If there are GPUs, but not this one.
    """
    if gpu == CPU:
        return "cpu"
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count == 0:
        if gpu is not None:
            logger.warning("--gpu %d: there is no CUDA device here; this runs on the CPU.", gpu)
        return "cpu"
    if gpu is not None and gpu >= count:
        devices = ", ".join(f"{i}: {torch.cuda.get_device_name(i)}" for i in range(count))
        raise InvalidOption(f"--gpu {gpu}: there is no such device; visible are {devices}")
    return f"cuda:{gpu or 0}"


def training_memory(max_memory: float | None, device: str) -> int:
    """Return how many bytes of documents may be resident in training.

    Parameters
    ----------
    max_memory : float, optional
        GiB that the user allows; None is half of the memory of this machine, or of the container.
    device : str
        On a GPU no more than half of its free memory.
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
