"""What numbers of topics are worth: the curve whose maximum is the estimated number.

Of K topics, the share r = (J − J₀) / (1 − J₀) returns in the other half of the documents beyond
chance, and words alone predict them with F1 F (`theta.models.split_halves`).

worth(K) = K (min(r, F) − ½): the topics that return and can be read, less half a topic for each.

Single numbers are lucky or unlucky, as k-means finds one partition or another in all splits. So the
worth is smoothed over neighbouring numbers, and its distance from the smoothed worth is part of its
error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.models.split_halves import Agreement, overlap_by_chance

PRICE = 0.5
"""Topics that one topic costs."""

SUPPORTED = 1.0
"""Supported numbers of topics are worth more: two topics, whatever they are, cannot be."""

BANDWIDTH = 0.2
"""Standard deviation of the smoothing kernel in log K: one or two steps of the grid."""

ERRORS = 1.5
"""Standard errors within which two numbers of topics cannot be told apart."""


@dataclass(frozen=True)
class Curve:
    """The worth of each number of topics tried, smoothed and with its parts, each (n_numbers,)."""

    numbers: NDArray[np.int64]
    worth: NDArray[np.float64]
    smooth: NDArray[np.float64]
    error: NDArray[np.float64]
    returning: NDArray[np.float64]
    chance: NDArray[np.float64]
    readable: NDArray[np.float64]

    @property
    def supported(self) -> bool:
        """Whether any number is supported."""
        return bool((self.worth > SUPPORTED).any())

    @property
    def best(self) -> int:
        """The position of the largest smoothed worth, among supported numbers if there are any."""
        if not self.supported:
            return int(np.argmax(self.smooth))
        return int(np.argmax(np.where(self.worth > SUPPORTED, self.smooth, -np.inf)))

    def within_error(self) -> NDArray[np.bool_]:
        """Return which numbers cannot be told apart from the best."""
        margin = ERRORS * np.hypot(self.error, self.error[self.best])
        near: NDArray[np.bool_] = self.smooth + margin >= self.smooth[self.best]
        if self.supported:
            near &= self.worth + margin > SUPPORTED
            near &= self.numbers * (1 - PRICE) > SUPPORTED  # the most that they can be worth
        return near

    def range(self) -> tuple[int, int]:
        """Return the first and the last number that cannot be told apart from the best."""
        tried = self.numbers.tolist()
        near = np.flatnonzero(self.within_error())
        first, last = int(near[0]), int(near[-1])
        low = tried[0] if first == 0 else tried[first - 1] + 1
        high = tried[-1] if last == len(tried) - 1 else tried[last + 1] - 1
        return low, high

    def peaks(self) -> list[int]:
        """Return the supported numbers at local maxima that rise out of the curve's error."""
        from scipy.signal import find_peaks

        # The ends of the grid may be maxima.
        padded = np.pad(self.worth, 1, constant_values=self.worth.min() - 1)
        found, properties = find_peaks(padded, prominence=0)
        places = found - 1
        clear = properties["prominences"] >= ERRORS * self.error[places]
        found_numbers: list[int] = self.numbers[
            places[clear & (self.worth[places] > SUPPORTED)]
        ].tolist()
        return found_numbers

    def columns(self) -> dict[str, Any]:
        """Return the columns as lists, by their names in `TopicCountEstimate`."""
        columns = {name: values.tolist() for name, values in vars(self).items()}
        return {"grid": columns.pop("numbers"), **columns}


def judge(found: Mapping[int, Sequence[Agreement]]) -> Curve:
    """Return the worth of each number of topics.

    Parameters
    ----------
    found : mapping of int to sequence of Agreement
        By number of topics, ascending, two numbers at least: what each split says, two splits at
        least.
    """
    numbers = np.array(list(found))
    chance = overlap_by_chance(numbers)
    mean = np.array([np.mean(splits, axis=0) for splits in found.values()])
    returning, readable = mean.T
    beyond = (returning - chance) / (1 - chance)
    share = np.minimum(beyond, readable)
    # The mean over the topics of a split varies about equally for all K, so their sum K times as
    # much: one standard deviation for all is less noisy than one each.
    deviations = [_of_each_split(splits, j0).std(ddof=1) for splits, j0 in zip(
        found.values(), chance.tolist(), strict=True)]  # fmt: skip
    n_splits = np.array([len(splits) for splits in found.values()])
    error = numbers * float(np.median(deviations)) / np.sqrt(n_splits)
    worth = numbers * (share - PRICE)
    smoother = _smoother(np.log(numbers))
    smooth = smoother @ worth
    error = np.hypot(error, _error_of_smoothed(smoother, worth - smooth))
    return Curve(numbers, worth, smooth, error, returning, chance, readable)


def _smoother(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix that smooths values at some places.

    Half is the value itself, half the mean of those nearby, weighted by a normal kernel: the mean
    alone flattens peaks.
    """
    weights = np.exp(-0.5 * (np.subtract.outer(places, places) / BANDWIDTH) ** 2)
    weights /= weights.sum(axis=1, keepdims=True)
    smoother: NDArray[np.float64] = (np.eye(len(places)) + weights) / 2
    return smoother


def _error_of_smoothed(
    smoother: NDArray[np.float64], residuals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the standard errors of smoothed values, given the distances of the values from them.

    The variance of a value is the sum of squared residuals by its degrees of freedom
    n − 2 tr(S) + tr(SSᵀ), S being the smoother (Hastie & Tibshirani 1990, Generalized Additive
    Models, section 3.8).
    """
    squares = (smoother**2).sum(axis=1)
    freedom = len(residuals) - 2 * np.trace(smoother) + squares.sum()
    errors: NDArray[np.float64] = np.sqrt((residuals**2).sum() / freedom * squares)
    return errors


def _of_each_split(splits: Sequence[Agreement], chance: float) -> NDArray[np.float64]:
    """Return min(r, F) of each split."""
    returning, readable = np.array(splits).T
    smaller: NDArray[np.float64] = np.minimum((returning - chance) / (1 - chance), readable)
    return smaller
