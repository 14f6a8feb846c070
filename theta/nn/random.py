"""Seeded random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


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
    target = torch.device(device)
    devices = [target] if target.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(int(np.random.SeedSequence([seed, purpose]).generate_state(1)[0]))
        yield
