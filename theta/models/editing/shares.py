"""θ after an edit: a function of each document alone, for training and new documents alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import ModelInputs
from theta.models.editing.split import part_shares
from theta.models.editing.steps import Drop, Merge, Order, Split, Step, numbers_after
from theta.models.label_head import BIAS, WEIGHT
from theta.models.posterior import SharePosterior

_PREFIX = "edits."
_BASE = f"{_PREFIX}base."

_LEAST_REST = 1e-6
"""Share of the other topics below which a document of a dropped topic gets the mean shares."""


def edited_shares(
    doc_topic: NDArray[Any],
    steps: Sequence[Step],
    numbers: Sequence[int],
    inputs: ModelInputs,
    state: Mapping[str, NDArray[Any]],
) -> NDArray[np.float32]:
    """Return θ after all steps: (n_docs, num_topics after the steps).

    Parameters
    ----------
    doc_topic : (n_docs, num_topics)
        θ of the model.
    steps : sequence of Step
    numbers : (num_topics,) int
        The numbers of the topics before the first step.
    inputs : ModelInputs
    state : mapping of str to array
        State of the run, with the arrays of the steps.
    """
    shares = np.asarray(doc_topic, dtype=np.float32)
    for position, step in enumerate(steps):
        shares = shares_after(step, shares, numbers, inputs, arrays_of(state, position))
        numbers = numbers_after(step, numbers)
    return shares


@dataclass(frozen=True)
class EditedPosterior:
    """The posterior of θ after edits.

    Attributes
    ----------
    before : SharePosterior
        Of the model.
    steps : sequence of Step
    numbers : sequence of int, optional
        The numbers of the topics before the first step; by default their positions.
    inputs : ModelInputs
    state : mapping of str to array
        State of the run, with the arrays of the steps.
    """

    before: SharePosterior
    steps: Sequence[Step]
    numbers: Sequence[int] | None
    inputs: ModelInputs
    state: Mapping[str, NDArray[Any]]

    @property
    def kind(self) -> str:
        """The family, for readers."""
        return self.before.kind

    def draws(self, n_draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
        """Yield draws of θ."""
        for draw in self.before.draws(n_draws, seed):
            numbers = range(draw.shape[1]) if self.numbers is None else self.numbers
            yield edited_shares(draw, self.steps, numbers, self.inputs, self.state)


def shares_after(
    step: Step,
    shares: NDArray[np.float32],
    numbers: Sequence[int],
    inputs: ModelInputs,
    arrays: Mapping[str, NDArray[Any]],
) -> NDArray[np.float32]:
    """Return θ after one step.

    Parameters
    ----------
    step : Step
    shares : (n_docs, num_topics) float32
    numbers : (num_topics,) int
        Before the step.
    inputs : ModelInputs
    arrays : mapping of str to array
        What the step has learnt from the training documents.
    """
    columns = {number: shares[:, position] for position, number in enumerate(numbers)}
    if isinstance(step, Merge):
        # Rounding to float32 once keeps the sum exact.
        merged = sum(columns[number].astype(np.float64) for number in step.topics)
        columns[step.into] = np.asarray(merged).astype(np.float32)
    elif isinstance(step, Split):
        own = columns[step.topic]
        parts = part_shares(shares, numbers.index(step.topic), inputs, arrays)
        for part, number in enumerate(step.into):
            columns[number] = (own * parts[:, part]).astype(np.float32)
    elif isinstance(step, Drop):
        rest = np.stack([columns[n] for n in numbers if n != step.topic], axis=1)
        return _shared_out(rest.astype(np.float64), arrays["shares"])
    elif not isinstance(step, Order):
        return shares
    return np.stack([columns[number] for number in numbers_after(step, numbers)], axis=1)


def _shared_out(
    rest: NDArray[np.float64], mean_shares: NDArray[np.floating[Any]]
) -> NDArray[np.float32]:
    """Return the shares of the remaining topics, scaled so that each row sums to one."""
    totals = rest.sum(axis=1, keepdims=True)
    known = totals > _LEAST_REST
    scaled = np.where(known, rest / np.where(known, totals, 1), mean_shares.astype(np.float64))
    return scaled.astype(np.float32)


def arrays_of(state: Mapping[str, NDArray[Any]], position: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of one step in the state of a run."""
    prefix = f"{_PREFIX}{position}."
    return {n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)}


def with_arrays(
    state: Mapping[str, NDArray[Any]], position: int, arrays: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Return the state of a run with the arrays of one step."""
    return {**state, **{f"{_PREFIX}{position}.{name}": array for name, array in arrays.items()}}


def with_label_head(
    state: Mapping[str, NDArray[Any]], head: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """Return the state with another label head; the head of the model itself is kept beside it."""
    kept = {_BASE + name: state.get(_BASE + name, state[name]) for name in (WEIGHT, BIAS)}
    return {**state, **kept, **head}


def model_state(state: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the state of the model itself, without what the edits have added."""
    own = {name: array for name, array in state.items() if not name.startswith(_PREFIX)}
    return own | {n.removeprefix(_BASE): a for n, a in state.items() if n.startswith(_BASE)}
