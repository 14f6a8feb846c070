"""Which device a run uses."""

from __future__ import annotations

import logging

from theta.errors import InvalidOption

logger = logging.getLogger(__name__)

CPU = -1


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
