"""The state and the result of a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from theta.errors import NotConverged
from theta.nn.adam import Adam
from theta.nn.elbo import VAE


@dataclass
class Progress:
    """The state of training between two epochs, sufficient to resume with the same bits.

    Attributes
    ----------
    model : VAE
    optimizer : Adam
    label_share : float
        Share of the training documents with a label that is learned.
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
        """Return copies of the state by flat names, ready for a file."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for number, moments in self.optimizer.state.items():
            tensors |= {f"optimizer.{number}.{name}": moments[name] for name in moments}
        tensors["random.cpu"] = torch.get_rng_state()
        device = next(self.model.parameters()).device
        if device.type == "cuda":
            tensors["random.cuda"] = torch.cuda.get_rng_state(device)
        return {name: tensor.detach().cpu().clone().numpy() for name, tensor in tensors.items()}

    def restore(self, arrays: Mapping[str, NDArray[Any]], history: list[dict[str, Any]]) -> None:
        """Restore the state from `arrays` and the history at that time."""
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

    def check_losses(self, losses: Tensor, bounds: Sequence[int]) -> None:
        """Raise `NotConverged` if the loss of a step of the current epoch is not finite.

        Parameters
        ----------
        losses : (n_train,)
            Of each document, in the order of the steps.
        bounds : sequence of int
            Bounds of the batches.
        """
        if bool(torch.isfinite(losses).all()):
            return
        means = [float(losses[begin:end].mean()) for begin, end in pairwise(bounds)]
        first = next(number for number, mean in enumerate(means) if not math.isfinite(mean))
        raise self._not_converged(means[first], means[first - 1] if first > 0 else self._last_loss)

    def check_elbo(self, elbo: float | None) -> None:
        """Raise `NotConverged` if the validation ELBO of the current epoch is not finite."""
        if elbo is not None and not math.isfinite(elbo):
            raise self._not_converged(elbo, self._last_loss)

    @property
    def _last_loss(self) -> float | None:
        if not self.history:
            return None
        entry = self.history[-1]
        loss = entry["reconstruction"] + entry["kl_weight"] * entry["kl"]
        label = self.label_share * entry.get("label_loss", 0.0)
        return float(loss + self.model.label_weight * label)

    def _not_converged(self, value: float, last: float | None) -> NotConverged:
        previous = (
            "no loss was finite before" if last is None else f"the last finite loss was {last:.6g}"
        )
        return NotConverged(
            f"the loss became {value} in epoch {self.epoch + 1}; {previous}; "
            "try a smaller --learning_rate"
        )


@dataclass(frozen=True)
class Fit:
    """The result of training; the model has the best weights.

    Attributes
    ----------
    history : list of dict
        Per epoch: ``epoch`` (from 1), ``reconstruction`` and ``kl`` (means over the training
        documents, in nats; see `LossTerms`), ``label_loss`` (mean over the labelled training
        documents, if labels are learned), ``kl_weight``, ``validation_elbo`` (mean over the
        validation documents at the KL weight ``kl_end``; None without such documents; higher is
        better), ``learning_rate`` (of the epoch's last step), ``seconds``.
    best_epoch : int
        The epoch, from 1, whose weights the model has.
    stopped_early : bool
    """

    history: list[dict[str, Any]]
    best_epoch: int
    stopped_early: bool
