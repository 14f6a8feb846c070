"""A permutation test of covariates on topic shares, with exact errors for many topics at once.

Westfall & Young (1993), Resampling-Based Multiple Testing; Freedman & Lane (1983),
https://doi.org/10.1080/07350015.1983.10509354.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CLEAR = 0.05

_PERMUTATIONS = 999
"""The smallest p-value is 1 in 1,000."""


@dataclass(frozen=True)
class PermutationTest:
    """The effects of a variable with two levels against those of its shuffled values.

    Attributes
    ----------
    variable, level, reference : str
    n_permutations : int
    retrained : bool
        Whether the topics were trained again for each permutation.
    estimate : sequence of float
        The marginal effect on each topic.
    low, high : sequence of float
        The middle 95 % of the effects of shuffled values.
    p_value : sequence of float
        Share of the permutations, the one that was observed included, with a |t| as large.
    p_adjusted : sequence of float
        The same for the largest |t| of all topics (Westfall & Young, single step).
    """

    variable: str
    level: str
    reference: str
    n_permutations: int
    retrained: bool
    estimate: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    p_value: Sequence[float]
    p_adjusted: Sequence[float]

    @classmethod
    def of(
        cls,
        names: Mapping[str, Any],
        estimate: NDArray[np.float64],
        t: NDArray[np.float64],
        shuffled: NDArray[np.float64],
        shuffled_t: NDArray[np.float64],
    ) -> PermutationTest:
        """Return the test.

        Parameters
        ----------
        names : mapping
            `variable`, `level`, `reference` and `retrained`.
        estimate, t : (num_topics,) float64
            The effects and their t statistics.
        shuffled, shuffled_t : (n_permutations, num_topics) float64
            Those of shuffled values.
        """
        low, high = np.quantile(shuffled, [0.025, 0.975], axis=0)
        own, others = np.abs(t), np.abs(shuffled_t)
        n = len(others)
        p_value = (1 + (others >= own).sum(axis=0)) / (1 + n)
        adjusted = (1 + (others.max(axis=1)[:, None] >= own).sum(axis=0)) / (1 + n)
        columns = (estimate, low, high, p_value, adjusted)
        return cls(
            **names,
            n_permutations=n,
            **dict(
                zip(
                    ("estimate", "low", "high", "p_value", "p_adjusted"),
                    (column.tolist() for column in columns),
                    strict=True,
                )
            ),
        )

    def describe(self) -> str:
        """Return the result in a sentence for readers."""
        n_clear = sum(p <= _CLEAR for p in self.p_adjusted)
        how = "topics trained again" if self.retrained else "shares calibrated again"
        return (
            f"{self.variable}, permutation test: an effect on {n_clear} of {len(self.p_adjusted)} "
            f"topics ({self.n_permutations} permutations, {how} for each; p adjusted for topics)"
        )


def permutation_test(
    theta: NDArray[np.float64],
    x: NDArray[np.float64],
    groups: Sequence[Sequence[int]],
    seed: int,
) -> NDArray[np.float64]:
    """Return p-values of the columns' effects on topic shares, corrected within each group.

    The statistic is |t| of the least squares regression on all columns. Residuals of the
    regression on the other groups are permuted (Freedman & Lane), and |t| is compared with the
    largest one among all columns and topics of the group (Westfall & Young, single step): if a
    covariate has no effect, the probability that any of its p-values is at most .05 is 5 %, even
    with skewed shares and rare levels.

    Parameters
    ----------
    theta : (n_docs, num_topics) float64
    x : (n_docs, n_columns) float64
        Full rank, with ``n_columns < n_docs``.
    groups : sequence of sequence of int
        Columns that belong to one covariate.
    seed : int

    Returns
    -------
    (n_columns, num_topics) float64
        NaN for columns outside the groups.
    """
    p_values = np.full((x.shape[1], theta.shape[1]), np.nan)
    for number, group in enumerate(groups):
        rng = np.random.default_rng([seed, number])
        basis, _ = np.linalg.qr(np.delete(x, group, axis=1))
        own = x[:, group] - basis @ (basis.T @ x[:, group])
        residual = theta - basis @ (basis.T @ theta)
        total = (residual**2).sum(axis=0)
        inverse = np.linalg.inv(own.T @ own)
        both = np.ascontiguousarray(np.hstack([own, basis]).T)
        observed = _t(both @ residual, inverse, total)
        exceeded = np.zeros_like(observed)
        for _ in range(_PERMUTATIONS):
            # Permuting the columns of the small matrix permutes the documents of the large one.
            permuted = both[:, rng.permutation(len(theta))] @ residual
            exceeded += _t(permuted, inverse, total).max() >= observed
        p_values[group] = (1 + exceeded) / (1 + _PERMUTATIONS)
    return p_values


def _t(
    products: NDArray[np.float64], inverse: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return |t|, up to a constant factor, of the columns of a group: (n_group, num_topics).

    Parameters
    ----------
    products : (n_group + n_others, num_topics) float64
        Products of y with the columns of the group, orthogonalised, and with a basis of the others.
    inverse : (n_group, n_group) float64
        Inverse Gram matrix of the columns of the group.
    total : (num_topics,) float64
        Sum of y².
    """
    own, others = products[: len(inverse)], products[len(inverse) :]
    coefficients = inverse @ own
    squares = total - (others**2).sum(axis=0) - (coefficients * own).sum(axis=0)
    error = np.sqrt(np.diag(inverse)[:, None] * np.maximum(squares, 0))
    return np.divide(np.abs(coefficients), error, out=np.zeros_like(error), where=error > 0)
