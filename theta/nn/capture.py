"""One training step as one CUDA graph: on a GPU a small step costs its launches, not its work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from theta.nn.adam import Adam

if TYPE_CHECKING:
    from theta.nn.elbo import VAE, LossTerms
    from theta.nn.inputs import Inputs

Step = Callable[["VAE", Adam, "Inputs", "float | Tensor"], "LossTerms"]

_EAGER_STEPS = 3
"""Steps taken uncaptured first, so that libraries have made their workspaces and Adam its state."""


class CapturedStep:
    """Takes a training step on chosen rows; full batches replay a graph.

    The graph reads the rows, the KL weight and the learning rate from fixed places and gathers
    the batch itself, so a step copies two vectors of row numbers and launches once. Counts are
    padded to the most entries that a batch of different documents can have; a batch of more, in
    which several explain the same long one, and one of fewer documents are not replayed.

    Parameters
    ----------
    step : callable
        The uncaptured step: (model, optimizer, batch, KL weight) → terms of the loss.
    model : VAE
    optimizer : Adam
        Made with ``capturable=True`` and a tensor as learning rate.
    inputs : Inputs
        The corpus, on a CUDA device.
    batch_size : int
    """

    def __init__(
        self,
        step: Step,
        model: VAE,
        optimizer: Adam,
        inputs: Inputs,
        batch_size: int,
    ) -> None:
        self.step, self.model, self.optimizer, self.inputs = step, model, optimizer, inputs
        self.capacity = inputs.counts.most_entries(batch_size)
        self.rows = torch.zeros(batch_size, dtype=torch.int64, device=inputs.device)
        self.target_rows = torch.zeros_like(self.rows)
        self.weight = torch.zeros((), device=inputs.device)
        self.terms: LossTerms | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.stream = torch.cuda.Stream(inputs.device)
        self.steps_taken = 0

    def __call__(
        self, rows: Tensor, target_rows: Tensor, n_entries: int, weight: float
    ) -> LossTerms:
        """Take a step on the documents `rows`; the next step overwrites what this one returns.

        They explain the words of the documents `target_rows`, which have `n_entries` counts.
        """
        self.steps_taken += 1
        if len(rows) != len(self.rows) or n_entries > self.capacity:
            batch = self.inputs.select(rows, target_rows)
            return self.step(self.model, self.optimizer, batch, weight)
        self.rows.copy_(rows)
        self.target_rows.copy_(target_rows)
        self.weight.fill_(weight)
        if self.steps_taken <= _EAGER_STEPS:
            self.stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(self.stream):
                terms = self._padded_step()
            torch.cuda.current_stream().wait_stream(self.stream)
            return terms
        if self.graph is None or self.terms is None:
            self.optimizer.zero_grad(set_to_none=True)
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, stream=self.stream):
                self.terms = self._padded_step()
        self.graph.replay()
        return self.terms

    def _padded_step(self) -> LossTerms:
        batch = self.inputs.select_padded(self.rows, self.target_rows, self.capacity)
        return self.step(self.model, self.optimizer, batch, self.weight)
