"""The training loop of all variational autoencoders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from tqdm import tqdm

from theta.contracts import UNLABELLED
from theta.devices import on_device, seeded
from theta.errors import InvalidOption
from theta.nn import capture
from theta.nn.adam import Adam
from theta.nn.elbo import VAE, LossTerms
from theta.nn.inputs import Inputs, batch_bounds
from theta.nn.progress import Fit, Progress
from theta.options.training import TrainingOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VALIDATION_BATCH = 1024

_OWN_TARGET = 0.5
"""Probability that the target of a document is itself and not one of its neighbours."""


def fit(
    model: VAE,
    inputs: Inputs,
    train: Tensor,
    validation: Tensor,
    schedule: TrainingOptions,
    *,
    seed: int,
    neighbors: Tensor | None = None,
    resume: tuple[Mapping[str, NDArray[Any]], list[dict[str, Any]]] | None = None,
    after_epoch: Callable[[Progress], None] | None = None,
    captured: bool = True,
    progress: bool = False,
) -> Fit:
    """Train a model and load its best weights.

    Parameters
    ----------
    model : VAE
        On the device of `inputs`.
    inputs : Inputs
    train, validation : (n,) int64
        Rows of `inputs`. Without validation documents the last epoch is the best one.
    schedule : TrainingOptions
    seed : int
        Seed of the document order, the noise and the dropout.
    neighbors : (n_train, n_neighbors) int64, optional
        Rows of the nearest neighbours of each training document. In each epoch the reconstruction
        target of a document is then itself or, with probability 0.5, one of its neighbours.
    resume : (arrays, history), optional
        `Progress.arrays` and `Progress.history` of an interrupted training.
    after_epoch : callable, optional
        Called with the `Progress` after each epoch.
    captured : bool
        On a GPU, replay the step as a CUDA graph, if all documents are on it.
    progress : bool
        Show a progress bar if the console is a terminal.

    Raises
    ------
    InvalidOption
        With fewer than two training documents.
    NotConverged
        If the loss is NaN or infinite.
    """
    if len(train) < 2:
        raise InvalidOption(f"{len(train)} training document(s): a topic model needs at least two")
    device = str(inputs.device)
    with seeded(seed, device, purpose=1):
        # The same noise in every epoch, so that only the weights differ between epochs.
        noise = torch.randn(len(validation), model.num_topics, device=device)
    with on_device(device), seeded(seed, device, purpose=2):
        optimizer = _optimizer(model, schedule.learning_rate)
        state = Progress(model, optimizer, _label_share(model, inputs, train))
        if resume is not None:
            state.restore(*resume)
        run_epoch = _Epochs(model, optimizer, inputs, train, neighbors, schedule, captured)
        bar = tqdm(
            total=schedule.epochs,
            initial=state.epoch,
            desc="Training",
            unit="epoch",
            leave=False,
            disable=None if progress else True,
        )
        with bar:
            while state.epoch < schedule.epochs and not _should_stop(state, schedule):
                began = time.perf_counter()
                entry = run_epoch(state)
                elbo = _validation_elbo(model, inputs, validation, noise, schedule.kl_end)
                state.check_elbo(elbo)
                seconds = round(time.perf_counter() - began, 4)
                state.history.append({**entry, "validation_elbo": elbo, "seconds": seconds})
                if elbo is not None and elbo > state.best_elbo:
                    state.best_epoch = state.epoch
                    state.best_weights = {k: v.clone() for k, v in model.state_dict().items()}
                state.epoch += 1
                bar.update()
                if after_epoch is not None:
                    after_epoch(state)
    if state.best_epoch is not None:
        model.load_state_dict(state.best_weights)
    model.eval()
    best_epoch = state.epoch if state.best_epoch is None else state.best_epoch + 1
    return Fit(state.history, best_epoch, state.epoch < schedule.epochs)


class _Epochs:
    """Runs epochs over the training documents."""

    def __init__(
        self,
        model: VAE,
        optimizer: Adam,
        inputs: Inputs,
        train: Tensor,
        neighbors: Tensor | None,
        schedule: TrainingOptions,
        captured: bool,
    ) -> None:
        self.model, self.optimizer, self.inputs = model, optimizer, inputs
        self.train = train.to(inputs.device)
        self.neighbors = None if neighbors is None else neighbors.to(inputs.device)
        self.schedule = schedule
        self.bounds = batch_bounds(len(train), schedule.batch_size)
        self.captured = None
        if captured and capture.can_capture(inputs):
            size = schedule.batch_size
            self.captured = capture.CapturedStep(step, model, optimizer, inputs, size)

    def __call__(self, state: Progress) -> dict[str, Any]:
        """Run one epoch and return its entry of the history."""
        n_docs = len(self.train)
        n_steps = len(self.bounds) - 1
        weight = self.schedule.kl_weight(state.epoch)
        order = torch.randperm(n_docs).to(self.inputs.device)
        rows = self.train.index_select(0, order)
        # Reconstruction, divergence and label loss; most models lack the last.
        terms = torch.zeros(3, n_docs, device=self.inputs.device)
        self.model.train()
        rate = self.schedule.learning_rate
        steps = self._steps(rows, self._target_rows(rows, order), weight)
        for number, take_step in enumerate(steps):
            done = state.epoch * n_steps + number
            rate = self.schedule.rate(done, self.schedule.epochs * n_steps)
            set_learning_rate(self.optimizer, rate)
            begin, end = self.bounds[number : number + 2]
            for row, term in zip(terms, take_step(), strict=True):
                if term is not None:
                    row[begin:end] = term
        losses = terms[0] + weight * terms[1] + self.model.label_weight * terms[2]
        state.check_losses(losses, self.bounds)
        reconstruction, divergence, label = terms.mean(dim=1, dtype=torch.float64).tolist()
        return {
            "epoch": state.epoch + 1,
            "reconstruction": reconstruction,
            "kl": divergence,
            **({"label_loss": label / state.label_share} if state.label_share > 0 else {}),
            "kl_weight": weight,
            "learning_rate": rate,
        }

    def _target_rows(self, rows: Tensor, order: Tensor) -> Tensor:
        """Return the reconstruction targets of `rows` in this epoch."""
        if self.neighbors is None:
            return rows
        n_docs, n_neighbors = self.neighbors.shape
        chosen = torch.randint(n_neighbors, (n_docs, 1)).to(rows.device)
        neighbor = self.neighbors.index_select(0, order).gather(1, chosen).squeeze(1)
        own = (torch.rand(n_docs) < _OWN_TARGET).to(rows.device)
        return torch.where(own, rows, neighbor)

    def _steps(
        self, rows: Tensor, target_rows: Tensor, weight: float
    ) -> Iterator[Callable[[], LossTerms]]:
        """Yield a function that takes the step, for each batch."""
        if self.captured is not None:
            sizes = self.inputs.counts.batch_sizes(target_rows, self.bounds)
            for (begin, end), size in zip(pairwise(self.bounds), sizes, strict=True):
                yield partial(self.captured, rows[begin:end], target_rows[begin:end], size, weight)
        else:
            for batch in self.inputs.batches(rows, self.bounds, target_rows):
                yield partial(step, self.model, self.optimizer, batch, weight)


def step(model: VAE, optimizer: Adam, batch: Inputs, weight: float | Tensor) -> LossTerms:
    """Take one step of the optimizer on the mean loss of a batch and return the loss terms."""
    noise = torch.randn(len(batch), model.num_topics, device=batch.device)
    terms: LossTerms = model(batch, noise)
    optimizer.zero_grad(set_to_none=True)
    # Gradients of the mean of reconstruction + weight · divergence + λ · label, without computing
    # the mean itself.
    share = torch.full_like(terms.reconstruction, 1 / len(batch))
    parts, shares = [terms.reconstruction, terms.divergence], [share, share * weight]
    if terms.label is not None:
        parts.append(terms.label)
        shares.append(share * model.label_weight)
    torch.autograd.backward(parts, shares)
    optimizer.step()
    return terms.detach()


def set_learning_rate(optimizer: Adam, rate: float) -> None:
    """Set the learning rate of all groups; in place if a captured graph reads it."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def _optimizer(model: VAE, learning_rate: float) -> Adam:
    """Return Adam with the gradient of the decoder's L2 penalty as weight decay."""
    decayed = list(model.decoder.parameters())
    others = [p for name, p in model.named_parameters() if not name.startswith("decoder.")]
    on_gpu = decayed[0].is_cuda
    groups: list[dict[str, Any]] = [
        {"params": others},
        {"params": decayed, "weight_decay": model.decoder.weight_decay},
    ]
    rate = torch.tensor(learning_rate, device=decayed[0].device) if on_gpu else learning_rate
    return Adam(groups, rate)


def _label_share(model: VAE, inputs: Inputs, train: Tensor) -> float:
    if model.label_head is None or inputs.labels is None:
        return 0.0
    labels = inputs.labels[train.to(inputs.labels.device)]
    return float((labels != UNLABELLED).double().mean())


@torch.no_grad()
def _validation_elbo(
    model: VAE, inputs: Inputs, rows: Tensor, noise: Tensor, weight: float
) -> float | None:
    if len(rows) == 0:
        return None
    model.eval()
    bounds = [*range(0, len(rows), _VALIDATION_BATCH), len(rows)]
    total = torch.zeros((), dtype=torch.float64, device=inputs.device)
    batches = inputs.batches(rows.to(inputs.device), bounds)
    for batch, begin in zip(batches, bounds, strict=False):
        terms: LossTerms = model(batch, noise[begin : begin + len(batch)])
        total += (terms.reconstruction + weight * terms.divergence).sum(dtype=torch.float64)
    return -float(total) / len(rows)


def _should_stop(state: Progress, schedule: TrainingOptions) -> bool:
    if not schedule.early_stopping or state.best_epoch is None:
        return False
    if _has_settled([entry["validation_elbo"] for entry in state.history], schedule):
        return True
    # During the warm-up the KL weight of the training loss differs from that of the validation.
    since = max(state.best_epoch, schedule.kl_warmup - 1)
    return state.epoch - 1 - since > schedule.patience


def _has_settled(elbos: Sequence[float], schedule: TrainingOptions) -> bool:
    """Return whether the last epochs raised the best ELBO by too small a share of its rise.

    A best ELBO that has not risen at all, as while a KL weight near 0 lets the divergence grow, has
    not settled.
    """
    before = elbos[: -max(schedule.patience, 1)]
    if not before:
        return False
    best = max(elbos)
    return best - max(before) < schedule.min_gain * (best - elbos[0])
