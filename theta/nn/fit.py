"""The training loop of every model that is a variational autoencoder."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from theta.contracts import UNLABELLED
from theta.devices import on_device
from theta.errors import InvalidOption, NotConverged
from theta.nn import capture
from theta.nn.adam import Adam
from theta.nn.elbo import VAE, LossTerms
from theta.nn.inputs import Inputs, batch_bounds
from theta.options.training import TrainingOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VALIDATION_BATCH = 1024

_OWN_WORDS = 0.5
"""How often a document explains its own words where it may explain those of its neighbours."""


@dataclass
class Progress:
    """Where a training stands between two epochs; enough to go on to the same bits.

    Attributes
    ----------
    model : VAE
    optimizer : Adam
    label_share : float
        Share of the training documents that teach a label.
    epoch : int
        Number of finished epochs.
    best_epoch : int or None
        The epoch, from 0, with the best validation ELBO.
    best_weights : dict of str to Tensor
    history : list of dict
        One JSON-ready entry per epoch.
    """

    model: VAE
    optimizer: Adam
    label_share: float = 0.0
    epoch: int = 0
    best_epoch: int | None = None
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def best_elbo(self) -> float:
        """The best validation ELBO so far."""
        if self.best_epoch is None:
            return -math.inf
        return float(self.history[self.best_epoch]["validation_elbo"])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return copies of all numbers of the state by flat names, ready for a file."""
        found = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        found |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for number, moments in self.optimizer.state.items():
            found |= {f"optimizer.{number}.{name}": moments[name] for name in moments}
        found["random.cpu"] = torch.get_rng_state()
        device = next(self.model.parameters()).device
        if device.type == "cuda":
            found["random.cuda"] = torch.cuda.get_rng_state(device)
        return {name: tensor.detach().cpu().clone().numpy() for name, tensor in found.items()}

    def restore(self, arrays: Mapping[str, NDArray[Any]], history: list[dict[str, Any]]) -> None:
        """Take over what `arrays` returned, and the history of then."""
        tensors = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}

        def part(prefix: str) -> dict[str, Tensor]:
            size = len(prefix)
            return {name[size:]: t for name, t in tensors.items() if name.startswith(prefix)}

        self.model.load_state_dict(part("model."))
        self.best_weights = part("best.")
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in part("optimizer.").items():
            number, moment = name.split(".")
            state.setdefault(int(number), {})[moment] = tensor
        self.optimizer.load_state(state)
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors:
            torch.cuda.set_rng_state(tensors["random.cuda"], next(self.model.parameters()).device)
        self.history = [dict(entry) for entry in history]
        self.epoch = len(history)
        scores = [entry["validation_elbo"] for entry in history]
        if self.best_weights:
            self.best_epoch = int(np.argmax(scores))


@dataclass(frozen=True)
class Fit:
    """What a training ended with; the model holds the best weights.

    Attributes
    ----------
    history : list of dict
        Per epoch: ``epoch`` (from 1), ``reconstruction`` and ``kl`` (means over the training
        documents, in nats; see `LossTerms`), ``label_loss`` (mean over the labelled ones of them,
        where labels are learnt), ``kl_weight``, ``validation_elbo`` (mean over the
        validation documents at the weight ``kl_end``, None without such documents; higher is
        better), ``learning_rate`` (of the epoch's last step), ``seconds``.
    best_epoch : int
        The epoch, from 1, whose weights the model holds.
    stopped_early : bool
    """

    history: list[dict[str, Any]]
    best_epoch: int
    stopped_early: bool


@contextmanager
def seeded(seed: int, device: str, purpose: int = 0) -> Iterator[None]:
    """Seed torch's generators for a block and leave them as they were before it.

    Parameters
    ----------
    seed : int
    device : str
    purpose : int
        Different purposes of one seed draw different numbers.
    """
    place = torch.device(device)
    devices = [place] if place.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(int(np.random.SeedSequence([seed, purpose]).generate_state(1)[0]))
        yield


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
    """Train a model on documents and leave the best weights in it.

    Parameters
    ----------
    model : VAE
        On the device of `inputs`.
    inputs : Inputs
    train, validation : (n,) int64
        Rows of `inputs`. Without validation documents the last epoch is the best one.
    schedule : TrainingOptions
    seed : int
        Of the order of the documents, the noise and the dropout.
    neighbors : (n_train, n_neighbors) int64, optional
        Rows of the training documents nearest to each of them. In every epoch a document then
        explains its own words or, one time in two, those of one of its neighbours.
    resume : (arrays, history), optional
        `Progress.arrays` and `Progress.history` of an interrupted training.
    after_epoch : callable, optional
        Called with the `Progress` after each epoch.
    captured : bool
        On a GPU, replay the step as one CUDA graph, if all documents lie there.
    progress : bool
        Show a bar where the console is a terminal.

    Raises
    ------
    InvalidOption
        With fewer than two training documents.
    NotConverged
        If the loss is NaN or infinite.
    """
    if len(train) < 2:
        raise InvalidOption(f"{len(train)} training document(s): a topic model needs two or more")
    device = str(inputs.device)
    with seeded(seed, device, purpose=1):
        # The same noise in every epoch, so that epochs differ by their weights alone.
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
            while state.epoch < schedule.epochs and not _is_out_of_patience(state, schedule):
                began = time.perf_counter()
                entry = run_epoch(state)
                elbo = _validation_elbo(model, inputs, validation, noise, schedule.kl_end)
                _check_finite(elbo, state)
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
    """Runs one epoch after another over the training documents."""

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
        """Run one epoch and return what the history records of it."""
        n_docs = len(self.train)
        n_steps = len(self.bounds) - 1
        weight = self.schedule.kl_weight(state.epoch)
        order = torch.randperm(n_docs).to(self.inputs.device)
        rows = self.train.index_select(0, order)
        # Reconstruction, divergence and label; the last is not there in most models.
        terms = torch.zeros(3, n_docs, device=self.inputs.device)
        self.model.train()
        rate = self.schedule.learning_rate
        steps = self._steps(rows, self._explained(rows, order), weight)
        for number, take in enumerate(steps):
            done = state.epoch * n_steps + number
            rate = self.schedule.rate(done, self.schedule.epochs * n_steps)
            set_learning_rate(self.optimizer, rate)
            begin, end = self.bounds[number : number + 2]
            for row, term in zip(terms, take(), strict=True):
                if term is not None:
                    row[begin:end] = term
        losses = terms[0] + weight * terms[1] + self.model.label_weight * terms[2]
        _check_losses(losses, self.bounds, state)
        reconstruction, divergence, label = terms.mean(dim=1, dtype=torch.float64).tolist()
        return {
            "epoch": state.epoch + 1,
            "reconstruction": reconstruction,
            "kl": divergence,
            **({"label_loss": label / state.label_share} if state.label_share > 0 else {}),
            "kl_weight": weight,
            "learning_rate": rate,
        }

    def _explained(self, rows: Tensor, order: Tensor) -> Tensor:
        """Return the documents whose words `rows` explain in this epoch."""
        if self.neighbors is None:
            return rows
        n_docs, n_neighbors = self.neighbors.shape
        chosen = torch.randint(n_neighbors, (n_docs, 1)).to(rows.device)
        neighbor = self.neighbors.index_select(0, order).gather(1, chosen).squeeze(1)
        own = (torch.rand(n_docs) < _OWN_WORDS).to(rows.device)
        return torch.where(own, rows, neighbor)

    def _steps(
        self, rows: Tensor, target_rows: Tensor, weight: float
    ) -> Iterator[Callable[[], LossTerms]]:
        """Yield what makes the step, batch by batch."""
        if self.captured is not None:
            sizes = self.inputs.counts.batch_sizes(target_rows, self.bounds)
            for (begin, end), size in zip(pairwise(self.bounds), sizes, strict=True):
                yield partial(self.captured, rows[begin:end], target_rows[begin:end], size, weight)
        else:
            for batch in self.inputs.batches(rows, self.bounds, target_rows):
                yield partial(step, self.model, self.optimizer, batch, weight)


def step(model: VAE, optimizer: Adam, batch: Inputs, weight: float | Tensor) -> LossTerms:
    """Take one step of the optimizer on the mean loss of a batch and return the loss's parts."""
    noise = torch.randn(len(batch), model.num_topics, device=batch.device)
    terms: LossTerms = model(batch, noise)
    optimizer.zero_grad(set_to_none=True)
    # The gradients of the mean of reconstruction + weight · divergence + λ · label, without
    # forming it.
    share = torch.full_like(terms.reconstruction, 1 / len(batch))
    parts, shares = [terms.reconstruction, terms.divergence], [share, share * weight]
    if terms.label is not None:
        parts.append(terms.label)
        shares.append(share * model.label_weight)
    torch.autograd.backward(parts, shares)
    optimizer.step()
    return terms.detach()


def set_learning_rate(optimizer: Adam, rate: float) -> None:
    """Set the learning rate of all groups; in place where a captured graph reads it."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def _optimizer(model: VAE, learning_rate: float) -> Adam:
    """Return Adam, whose decay of the decoder's weights is the gradient of their penalty."""
    decayed = list(model.decoder.parameters())
    others = [p for name, p in model.named_parameters() if not name.startswith("decoder.")]
    on_gpu = decayed[0].is_cuda
    groups: list[dict[str, Any]] = [
        {"params": others},
        {"params": decayed, "weight_decay": model.decoder.weight_decay},
    ]
    rate = torch.tensor(learning_rate, device=decayed[0].device) if on_gpu else learning_rate
    return Adam(groups, rate, capturable=on_gpu)


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


def _is_out_of_patience(state: Progress, schedule: TrainingOptions) -> bool:
    if not schedule.early_stopping or state.best_epoch is None:
        return False
    # Before the warm-up ends the training loss is another one than the validation's.
    since = max(state.best_epoch, schedule.kl_warmup - 1)
    return state.epoch - 1 - since > schedule.patience


def _check_losses(losses: Tensor, bounds: list[int], state: Progress) -> None:
    """Raise `NotConverged` if the loss of a step was NaN or infinite."""
    if bool(torch.isfinite(losses).all()):
        return
    means = [float(losses[begin:end].mean()) for begin, end in pairwise(bounds)]
    first = next(number for number, mean in enumerate(means) if not math.isfinite(mean))
    last = means[first - 1] if first > 0 else _last_loss(state)
    raise _not_converged(state, means[first], last)


def _check_finite(elbo: float | None, state: Progress) -> None:
    if elbo is not None and not math.isfinite(elbo):
        raise _not_converged(state, elbo, _last_loss(state))


def _last_loss(state: Progress) -> float | None:
    if not state.history:
        return None
    entry = state.history[-1]
    loss = entry["reconstruction"] + entry["kl_weight"] * entry["kl"]
    label = state.label_share * entry.get("label_loss", 0.0)
    return float(loss + state.model.label_weight * label)


def _not_converged(state: Progress, value: float, last: float | None) -> NotConverged:
    told = "no loss was finite before" if last is None else f"the last finite loss was {last:.6g}"
    return NotConverged(
        f"the loss became {value} in epoch {state.epoch + 1}; {told}; try a smaller --learning_rate"
    )
