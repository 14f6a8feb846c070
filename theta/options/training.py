"""The options of gradient-based training: epochs, learning rate and weight of the prior."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theta.options.declare import option

_FINAL_RATE = 0.01
"""Final learning rate of the cosine schedule, as a share of the first."""


@dataclass(frozen=True)
class TrainingOptions:
    """The options of training a variational autoencoder."""

    epochs: int = option(
        100,
        "Most passes over the training documents.",
        valid=(1, None),
        usual=(10, 500),
    )
    batch_size: int = option(
        64,
        "Documents per training step. Larger is faster per epoch and may learn less per epoch.",
        valid=(2, None),
        usual=(8, 512),
    )
    learning_rate: float = option(
        0.002,
        "Size of a training step. Lower it if training is unstable, raise it if it is slow.",
        valid=(1e-8, None),
        usual=(1e-5, 0.1),
    )
    lr_schedule: str = option(
        "cosine",
        "Schedule of the learning rate: cosine (falls to a hundredth at the last of --epochs) or "
        "constant.",
        choices=("cosine", "constant"),
    )
    kl_start: float = option(
        0.0,
        "Weight of the KL divergence (how strongly topic shares are drawn towards the prior) in "
        "the first epoch.",
        valid=(0.0, None),
        usual=(0.0, 1.0),
    )
    kl_end: float = option(
        1.0,
        "Weight of the KL divergence after the warm-up; 1 is the standard ELBO.",
        valid=(0.0, None),
        usual=(0.0, 1.0),
    )
    kl_warmup: int = option(
        50,
        "Epochs over which the weight rises from kl_start to kl_end; 0 starts with kl_end.",
        valid=(0, None),
        usual=(0, 200),
    )
    patience: int = option(
        10,
        "Most epochs in a row after the warm-up without a better score on the validation "
        "documents; one more stops the training.",
        valid=(0, None),
        usual=(0, 100),
    )
    early_stopping: bool = option(
        True, "Stop when the score on the validation documents no longer improves."
    )
    min_gain: float = option(
        0.0,
        "With early stopping, also stop, even within the warm-up, once as many epochs as patience "
        "have raised the best validation score by less than this share of its rise since the first "
        "epoch; 0 waits for the end of the warm-up.",
        valid=(0.0, 1.0),
        usual=(0.0, 0.1),
        formerly=0.0,
    )

    def rate(self, step: int, n_steps: int) -> float:
        """Return the learning rate of a step of `n_steps`.

        With ``cosine`` it follows a cosine over all steps (Loshchilov & Hutter 2017, equation 5,
        without restarts).
        """
        if self.lr_schedule == "constant":
            return self.learning_rate
        cosine = 0.5 * (1 + math.cos(math.pi * step / n_steps))
        return self.learning_rate * (cosine + _FINAL_RATE)

    def kl_weight(self, epoch: int) -> float:
        """Return the weight of the KL divergence in an epoch, counted from 0.

        It rises linearly over the warm-up and then stays (Bowman et al. 2016, section 3.1).
        """
        if epoch >= self.kl_warmup:
            return self.kl_end
        return self.kl_start + (self.kl_end - self.kl_start) * epoch / self.kl_warmup
