"""Training steps as CUDA graphs: on a GPU, kernel launches dominate the cost of a small step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from theta.nn.adam import Adam
from theta.nn.elbo import VAE, LossTerms
from theta.nn.inputs import Inputs

logger = logging.getLogger(__name__)

Step = Callable[["VAE", Adam, "Inputs", "float | Tensor"], "LossTerms"]

_EAGER_STEPS = 3
"""Eager steps before the capture, in which libraries allocate workspaces and Adam its state."""


def can_capture(inputs: Inputs) -> bool:
    """Return whether steps on these documents can be replayed as a CUDA graph."""
    return inputs.resident and inputs.device.type == "cuda"


class CapturedStep:
    """Takes training steps on given rows; full batches replay a graph.

    The graph reads the rows, the KL weight and the learning rate from static tensors and gathers
    the batch itself, so a step copies two vectors of row numbers and launches once. Counts are
    padded to the maximum number of entries in a batch of distinct documents. Batches with more
    entries (several documents may have the same long target document) and incomplete batches run
    eagerly.

    If the capture fails, all further steps run eagerly, after a warning.

    Parameters
    ----------
    step : callable
        The eager step: (model, optimizer, batch, KL weight) → loss terms.
    model : VAE
    optimizer : Adam
        Created with a tensor as learning rate.
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
        """Take a step on the documents `rows`; the next step overwrites the returned terms.

        They reconstruct the documents `target_rows`, which have `n_entries` counts.
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
        """Take an eager step on the stream of the capture."""
        main = torch.cuda.current_stream(self.device)
        if self.stream is None:
            self.stream = torch.cuda.Stream(self.device)
        self.stream.wait_stream(main)
        with torch.cuda.stream(self.stream):
            terms = self._padded_step()
        main.wait_stream(self.stream)
        return terms

    def _replay(self) -> LossTerms | None:
        """Take a step by replaying the graph, captured on first use; None if the capture fails."""
        if self.graph is None:
            try:
                with _restored_on_failure(self.device):
                    self._capture()
            except RuntimeError as error:
                self.failed, self.terms = True, None
                logger.warning(
                    "The training step cannot be captured as a CUDA graph (%s): training continues "
                    "with the same result, but slower.",
                    _first_cause(error),
                )
                # Gradients of the capture are in the graph's private memory.
                self.optimizer.zero_grad(set_to_none=True)
                return None
        assert self.graph is not None
        self.graph.replay()
        return self.terms

    def _capture(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        # Other threads may allocate meanwhile; only this thread is captured.
        with torch.cuda.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            self.terms = self._padded_step()
        self.graph = graph

    def _padded_step(self) -> LossTerms:
        batch = self.inputs.select_padded(self.rows, self.target_rows, self.capacity)
        return self.step(self.model, self.optimizer, batch, self.weight)


@contextmanager
def _restored_on_failure(device: torch.device) -> Iterator[None]:
    """Restore the stream and the random state if a capture fails.

    `torch.cuda.graph` would leave its stream the current one and the generator in capture mode, in
    which it refuses to draw.
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
    """Return the first line of the original exception.

    Ending a failed capture raises a second, less informative exception.
    """
    while error.__context__ is not None:
        error = error.__context__
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
