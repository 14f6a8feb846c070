"""How long, how fast and under how strong a prior a variational autoencoder is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theta.nn.elbo import kl_weight

_FINAL_RATE = 0.01
"""What the cosine ends at, as a share of the learning rate."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes
    ----------
    epochs, batch_size : int
    learning_rate : float
        Of Adam.
    lr_schedule : str
        ``cosine`` lets it fall along a cosine over all steps (Loshchilov & Hutter 2017, equation 5,
        without restarts); ``constant`` keeps it.
    kl_start, kl_end : float
        Weight of the divergence before and after the warm-up.
    kl_warmup : int
        Epochs of the warm-up; 0 trains with `kl_end` from the start.
    patience : int or None
        Epochs after the warm-up that may pass without a better validation ELBO; one more ends
        the training. None never ends it early.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    lr_schedule: str
    kl_start: float
    kl_end: float
    kl_warmup: int
    patience: int | None

    def rate(self, step: int, n_steps: int) -> float:
        """Return the learning rate of a step of `n_steps`."""
        if self.lr_schedule == "constant":
            return self.learning_rate
        cosine = 0.5 * (1 + math.cos(math.pi * step / n_steps))
        return self.learning_rate * (cosine + _FINAL_RATE)

    def kl_weight(self, epoch: int) -> float:
        """Return the weight of the divergence in an epoch, counted from 0."""
        return kl_weight(epoch, self.kl_start, self.kl_end, self.kl_warmup)
