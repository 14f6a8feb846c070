"""The steps of a fine-tuning, and how they go on after a kill."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from theta.devices import is_out_of_memory, repeatable, seeded
from theta.embeddings.batches import pack
from theta.embeddings.contrastive import (
    paired_batches,
    shuffled_batches,
    simcse_loss,
    supervised_contrastive_loss,
)
from theta.embeddings.encoder import Encoder, computing_on
from theta.embeddings.settings import FinetuneSettings
from theta.embeddings.training_windows import TrainingWindows
from theta.errors import NotConverged, OutOfMemory

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from theta.embeddings.training_file import TrainingFile

log = logging.getLogger(__name__)

_CHECKPOINT_SECONDS = 60.0
"""A kill loses no more work than that."""

_WARMUP_SHARE = 0.1
_LARGEST_GRADIENT = 1.0

_ENDS_SHARE = 0.1
"""Share of the steps at either end whose mean loss is reported."""

_NOTHING_TO_LEARN = 0.01
"""Loss of SimCSE in nats at which a text and its second view are found among all others 99 times in
100."""

_SIMCSE_EPSILON = 1e-4
"""Adam's ε, to which gradients of SimCSE are large or small.

Adam divides a gradient by its size. A model that was trained to tell texts apart has next to none
to follow: of all-MiniLM-L6-v2 the median is 1e-7 to 4e-7 on English posts and titles, 3e-4 on
Chinese headlines, which it mixes up. With the usual ε of 1e-8 the noise of the former moves its
weights as far as the latter."""


@dataclass
class Training:
    """A model with its adapter, what it is trained on, and where the training stands.

    Attributes
    ----------
    model_name : str
    wrapped : peft.PeftModel
    encoder : Encoder
        Of the same weights.
    windows : TrainingWindows
        Of each text.
    codes : (n_texts,) int or None
        Labels; None trains by SimCSE.
    tuning : FinetuneSettings
    projection : torch.nn.Module or None
        Between the vectors and a loss of labels; see `new_projection`. It is trained along.
    losses : list of float
        Of the steps that are done.
    """

    model_name: str
    wrapped: Any
    encoder: Encoder
    windows: TrainingWindows
    codes: NDArray[np.integer[Any]] | None
    tuning: FinetuneSettings
    projection: torch.nn.Module | None = None
    losses: list[float] = field(default_factory=list)

    @cached_property
    def optimizer(self) -> torch.optim.Optimizer:
        """AdamW over all weights that are trained."""
        import torch

        eps = _SIMCSE_EPSILON if self.codes is None else 1e-8
        return torch.optim.AdamW(self.parameters().values(), weight_decay=0.0, eps=eps)

    @cached_property
    def steps_per_epoch(self) -> int:
        """Number of batches of every epoch."""
        return len(self.epoch_batches(0))

    @property
    def n_steps(self) -> int:
        """Steps of the whole training."""
        return self.tuning.finetune_epochs * self.steps_per_epoch

    def epoch_batches(self, epoch: int) -> list[NDArray[np.intp]]:
        """Return the batches of an epoch, drawn from the seed and the epoch's number alone."""
        rng = np.random.default_rng([self.tuning.seed, epoch])
        if self.codes is None:
            return shuffled_batches(len(self.windows), self.tuning.finetune_batch_size, rng)
        return paired_batches(self.codes, self.tuning.finetune_batch_size, rng)

    def rate(self, step: int) -> float:
        """Return the learning rate: up over the first tenth of the steps, then down to zero."""
        warmup = max(1, round(_WARMUP_SHARE * self.n_steps))
        rising = (step + 1) / warmup
        falling = (self.n_steps - step) / max(1, self.n_steps - warmup)
        return self.tuning.finetune_lr * min(1.0, rising, falling)

    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """Return the weights of the adapter and of the projection by name."""
        found = {name: p for name, p in self.wrapped.named_parameters() if p.requires_grad}
        if self.projection is not None:
            found |= {f"projection.{name}": p for name, p in self.projection.named_parameters()}
        return found

    def outcome(self) -> dict[str, float]:
        """Return the number of steps, and the mean loss of their first and of their last tenth."""
        n = max(1, round(_ENDS_SHARE * len(self.losses)))
        return {
            "steps": len(self.losses),
            "loss_at_first": round(float(np.mean(self.losses[:n])), 6),
            "loss_at_last": round(float(np.mean(self.losses[-n:])), 6),
        }


def train(training: Training, unfinished: TrainingFile, *, progress: bool) -> None:
    """Take the steps that are left; the adapter then holds the trained weights.

    Raises
    ------
    NotConverged
        If the loss is NaN or infinite.
    OutOfMemory
        If a step does not fit into the memory of the device.
    """
    unfinished.restore(training)
    started, first = time.monotonic(), len(training.losses)
    saved_at = started
    n_steps, per_epoch = training.n_steps, training.steps_per_epoch
    if first:
        log.info("Continuing after step %d of %d.", first, n_steps)
    training.wrapped.train()
    bar = tqdm(
        total=n_steps,
        initial=first,
        desc="fine-tuning",
        unit="step",
        disable=None if progress else True,
    )
    device = str(training.encoder.device)
    with bar, computing_on(device), repeatable(device):
        batches: list[NDArray[np.intp]] = []
        for step in range(first, n_steps):
            if not batches or step % per_epoch == 0:
                batches = training.epoch_batches(step // per_epoch)
            training.losses.append(_take_step(training, batches[step % per_epoch], step))
            _check_finite(training)
            bar.update()
            bar.set_postfix(loss=f"{training.losses[-1]:.3f}", refresh=False)
            if (step + 1) % per_epoch == 0 and step + 1 < n_steps:
                # For the log of a batch job, where there is no bar.
                mean = float(np.mean(training.losses[-per_epoch:]))
                done = (step + 1) // per_epoch
                log.info(
                    "Epoch %d of %d done: mean loss %.3f.",
                    done,
                    training.tuning.finetune_epochs,
                    mean,
                )
            if time.monotonic() - saved_at >= _CHECKPOINT_SECONDS:
                unfinished.write(training)
                saved_at = time.monotonic()
    training.wrapped.eval()
    outcome = training.outcome()
    log.info(
        "Fine-tuned in %d steps, %.1f s: the loss went from %.3f to %.3f.",
        n_steps - first,
        time.monotonic() - started,
        outcome["loss_at_first"],
        outcome["loss_at_last"],
    )
    if training.codes is None and outcome["loss_at_first"] < _NOTHING_TO_LEARN:
        log.warning(
            "%s could already distinguish these texts (loss %.2g): --mode unsupervised taught it "
            "almost nothing, and its vectors are nearly those of --mode zero_shot",
            training.model_name,
            outcome["loss_at_first"],
        )


def _take_step(training: Training, rows: NDArray[np.intp], step: int) -> float:
    """Take one step and return its loss; see `train` for what is raised."""
    import torch

    device = str(training.encoder.device)
    seed = training.tuning.seed
    try:
        with seeded(seed, device, purpose=step + 1):
            return _step(training, rows, step)
    except (MemoryError, RuntimeError) as error:
        if is_out_of_memory(error):
            size = training.tuning.finetune_batch_size
            raise OutOfMemory(
                f"--finetune_batch_size {size} does not fit into the memory of {device}: "
                f"try --finetune_batch_size {max(4, size // 2)}"
            ) from error
        if "does not have a deterministic implementation" not in str(error):
            raise
        reason = str(error).splitlines()[0]
    # Raised by the model's forward or backward pass, before any weight has moved.
    log.warning("Fine-tuning on %s will not repeat its bits: %s", device, reason)
    torch.use_deterministic_algorithms(True, warn_only=True)
    with seeded(seed, device, purpose=step + 1):
        return _step(training, rows, step)


def _step(training: Training, rows: NDArray[np.intp], step: int) -> float:
    """Take one step on the texts `rows` and return its loss."""
    import torch

    for group in training.optimizer.param_groups:
        group["lr"] = training.rate(step)
    # A stream of its own, beside those of the epochs' batches.
    read = training.windows.draw(rows, np.random.default_rng([training.tuning.seed, step, 1]))
    if training.codes is None:
        views = _vectors(training.encoder, [*read, *read])
        loss = simcse_loss(views[: len(rows)], views[len(rows) :])
    else:
        codes = torch.from_numpy(training.codes[rows].astype(np.int64))
        vectors = _vectors(training.encoder, read)
        if training.projection is not None:
            vectors = torch.nn.functional.normalize(training.projection(vectors), dim=1)
        loss = supervised_contrastive_loss(vectors, codes.to(vectors.device))
    training.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(training.parameters().values(), _LARGEST_GRADIENT)
    training.optimizer.step()
    return float(loss.detach())


def _vectors(encoder: Encoder, windows: Sequence[NDArray[np.int32]]) -> torch.Tensor:
    """Return the vectors of windows in their order, with gradients; equal lengths together."""
    import torch

    lengths = np.array([len(ids) for ids in windows])
    parts, order = [], []
    # The losses compare all texts of the batch, so where it is cut does not matter, and padding
    # costs less than many small launches.
    for part in pack(lengths, len(windows), encoder.token_budget, max_padding=1.0):
        parts.append(encoder.vectors_of([windows[place].astype(np.int64) for place in part]))
        order.append(part)
    back = torch.from_numpy(np.argsort(np.concatenate(order)))
    return torch.cat(parts).index_select(0, back.to(parts[0].device))


def _check_finite(training: Training) -> None:
    if math.isfinite(training.losses[-1]):
        return
    before = training.losses[-2] if len(training.losses) > 1 else None
    best = (
        "no loss was finite before" if before is None else f"the last finite loss was {before:.6g}"
    )
    raise NotConverged(
        f"fine-tuning: the loss became {training.losses[-1]} in step {len(training.losses)}; "
        f"{best}; try a smaller --finetune_lr"
    )
