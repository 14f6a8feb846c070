"""One training step as one CUDA graph: on a GPU a small step costs its launches, not its work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from theta.nn.adam import Adam

if TYPE_CHECKING:
    from theta.nn.elbo import VAE, LossTerms
    from theta.nn.inputs import Inputs

logger = logging.getLogger(__name__)

Step = Callable[["VAE", Adam, "Inputs", "float | Tensor"], "LossTerms"]

_EAGER_STEPS = 3
"""Steps taken uncaptured first, so that libraries have made their workspaces and Adam its state."""


def can_capture(inputs: Inputs) -> bool:
    """Return whether steps on these documents can be replayed as a CUDA graph."""
    return inputs.resident and inputs.device.type == "cuda"


class CapturedStep:
    """Takes a training step on chosen rows; full batches replay a graph.

    The graph reads the rows, the KL weight and the learning rate from fixed places and gathers
    the batch itself, so a step copies two vectors of row numbers and launches once. Counts are
    padded to the most entries that a batch of different documents can have; a batch of more, in
    which several explain the same long one, and one of fewer documents are not replayed.

    If the capture fails, all further steps are taken one launch at a time, after a warning.

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
        self.device = inputs.device
        self.capacity = inputs.counts.most_entries(batch_size)
        self.rows = torch.zeros(batch_size, dtype=torch.int64, device=self.device)
        self.target_rows = torch.zeros_like(self.rows)
        self.weight = torch.zeros((), device=self.device)
        self.terms: LossTerms | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.stream: torch.cuda.Stream | None = None
        self.eager_steps = 0
        self.failed = False

    def __call__(
        self, rows: Tensor, target_rows: Tensor, n_entries: int, weight: float
    ) -> LossTerms:
        """Take a step on the documents `rows`; the next step overwrites what this one returns.

        They explain the words of the documents `target_rows`, which have `n_entries` counts.
        """
        fits = len(rows) == len(self.rows) and n_entries <= self.capacity
        if fits and not self.failed:
            self.rows.copy_(rows)
            self.target_rows.copy_(target_rows)
            self.weight.fill_(weight)
            if self.eager_steps < _EAGER_STEPS:
                self.eager_steps += 1
                return self._warm_up()
            if (terms := self._replay()) is not None:
                return terms
        batch = self.inputs.select(rows, target_rows)
        return self.step(self.model, self.optimizer, batch, weight)

    def _warm_up(self) -> LossTerms:
        """Take a step on the stream of the capture, without capturing it."""
        main = torch.cuda.current_stream(self.device)
        if self.stream is None:
            self.stream = torch.cuda.Stream(self.device)
        self.stream.wait_stream(main)
        with torch.cuda.stream(self.stream):
            terms = self._padded_step()
        main.wait_stream(self.stream)
        return terms

    def _replay(self) -> LossTerms | None:
        """Take a step by the graph, captured now if need be; None if it cannot be captured."""
        if self.graph is None:
            try:
                with _unharmed_by_failure(self.device):
                    self._capture()
            except RuntimeError as error:
                self.failed, self.terms = True, None
                logger.warning(
                    "The training step cannot be captured as a CUDA graph (%s): training goes on "
                    "with the same result, but slower.",
                    _first_cause(error),
                )
                # Gradients of the capture lie in the graph's own memory.
                self.optimizer.zero_grad(set_to_none=True)
                return None
        assert self.graph is not None
        self.graph.replay()
        return self.terms

    def _capture(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        # Other threads may allocate meanwhile; only what this one does must be fit for a graph.
        with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            self.terms = self._padded_step()
        self.graph = graph

    def _padded_step(self) -> LossTerms:
        batch = self.inputs.select_padded(self.rows, self.target_rows, self.capacity)
        return self.step(self.model, self.optimizer, batch, self.weight)


@contextmanager
def _unharmed_by_failure(device: torch.device) -> Iterator[None]:
    """Leave stream and random numbers as they were before a capture that fails.

    `torch.cuda.graph` then leaves its stream the current one, and the generator in the belief that
    it is being captured, in which it refuses to draw.
    """
    main = torch.cuda.current_stream(device)
    generator = torch.cuda.default_generators[main.device_index]
    before = generator.clone_state()
    try:
        yield
    except RuntimeError:
        torch.cuda.set_stream(main)
        generator.graphsafe_set_state(before)
        raise


def _first_cause(error: BaseException) -> str:
    """Return the first line of the exception that others followed.

    Ending a capture that has failed raises once more, with less to say.
    """
    while error.__context__ is not None:
        error = error.__context__
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
