"""Correlations of topics, free of the constraint that shares add up to one.

Shares of a document sum to one, so that raw shares of unrelated topics correlate negatively
(Aitchison 1986, The Statistical Analysis of Compositional Data). The correlations here are those of
the basis: of the logarithms of the amounts that the shares would be of, had they no common sum.
They follow from the variances of log ratios if a topic's covariance with the others is zero on
average (the first approximation of SparCC: Friedman & Alm 2012,
https://doi.org/10.1371/journal.pcbi.1002687).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.effects.pooling import adjust, pool

MIN_TOPICS = 5
"""With fewer, the assumption leaves too little to estimate; with three, nothing."""

_ABSENT = 0.1
"""Share of a topic's mean share that is added to its shares before their logarithm.

How far below this a share is says only how little is known of a topic that a document does not
have; without it, that noise hides the correlations of sparse posteriors such as LDA's.
"""

_GROUPS = 50
"""Groups of documents that the jackknife leaves out in turn."""

_LARGEST = 0.999
"""Largest correlation in size; beyond, Fisher's z is of no use."""


class Correlations(NamedTuple):
    """Correlations of pairs of topics; one value per pair, in the order of `pairs`.

    Attributes
    ----------
    pairs : (n_pairs, 2) int
        Topics i < j.
    estimate, low, high : (n_pairs,) float64
        With 95 % intervals; NaN for a topic without variance.
    p_value, p_bh : (n_pairs,) float64
        As it is, and adjusted over the pairs by Benjamini & Hochberg.
    raw : (n_pairs,) float64
        Pearson correlation of the shares themselves.
    """

    pairs: NDArray[np.intp]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    p_value: NDArray[np.float64]
    p_bh: NDArray[np.float64]
    raw: NDArray[np.float64]


class TopicCorrelations:
    """Collects draws of θ and combines the correlations of topics by Rubin's rules.

    The error of a correlation is that of a jackknife over groups of documents, on Fisher's scale.

    Parameters
    ----------
    n_docs : int
        At least 4.
    num_topics : int
        At least `MIN_TOPICS`.
    seed : int
        Of the groups.
    """

    def __init__(self, n_docs: int, num_topics: int, seed: int) -> None:
        self._pairs = np.column_stack(np.triu_indices(num_topics, 1))
        self._n_groups = min(_GROUPS, n_docs // 2)
        order = np.random.default_rng(seed).permutation(n_docs)
        self._groups = np.array_split(order, self._n_groups)
        self._z: list[NDArray[np.float64]] = []
        self._variances: list[NDArray[np.float64]] = []
        self._raw: list[NDArray[np.float64]] = []

    def add(self, draw: NDArray[np.floating[Any]]) -> None:
        """Add a draw of θ of all documents: (n_docs, num_topics)."""
        shares = draw.astype(np.float64)
        mean = shares.mean(axis=0)
        logs = np.log(shares + np.where(mean > 0, _ABSENT * mean, 1.0))
        logs -= logs.mean(axis=1, keepdims=True)  # centred log ratios
        logs -= logs.mean(axis=0)  # keeps digits in the sums of squares
        sizes = np.array([len(group) for group in self._groups], dtype=np.float64)
        sums = np.array([logs[group].sum(axis=0) for group in self._groups])
        products = np.array([logs[group].T @ logs[group] for group in self._groups])
        n, total, product = len(logs), sums.sum(axis=0), products.sum(axis=0)
        z = self._fisher(_covariance(n, total, product))
        left_out = np.array(
            [
                self._fisher(_covariance(n - size, total - own, product - square))
                for size, own, square in zip(sizes, sums, products, strict=True)
            ]
        )
        away = left_out - left_out.mean(axis=0)
        self._z.append(z)
        self._variances.append((self._n_groups - 1) / self._n_groups * (away**2).sum(axis=0))
        with np.errstate(divide="ignore", invalid="ignore"):
            raw = np.atleast_2d(np.corrcoef(shares, rowvar=False))
        self._raw.append(raw[self._pairs[:, 0], self._pairs[:, 1]])

    def _fisher(self, covariance: NDArray[np.float64]) -> NDArray[np.float64]:
        correlation = basis_correlation(covariance)[self._pairs[:, 0], self._pairs[:, 1]]
        return np.arctanh(np.clip(correlation, -_LARGEST, _LARGEST))

    def combined(self) -> Correlations:
        """Return the correlations over the draws; one draw counts as known."""
        pooled = pool(np.array(self._z), np.array(self._variances), float(self._n_groups - 1))
        low, high = pooled.interval()
        return Correlations(
            self._pairs,
            np.tanh(pooled.estimate),
            np.tanh(low),
            np.tanh(high),
            pooled.p_value,
            adjust(pooled.p_value[None]).benjamini_hochberg[0],
            np.mean(self._raw, axis=0),
        )


def _covariance(
    n: float, total: NDArray[np.float64], product: NDArray[np.float64]
) -> NDArray[np.float64]:
    return product / n - np.outer(total, total) / n**2


def basis_correlation(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlations of the basis from the covariance of centred log ratios.

    With t_ij the variance of log θ_i / θ_j and ω_i that of log amounts, t_ij = ω_i + ω_j − 2 ω_ij.
    If Σ_j≠i ω_ij = 0, then Σ_j t_ij = (K − 2) ω_i + Σ_j ω_j, which is solved for ω.

    Parameters
    ----------
    covariance : (num_topics, num_topics) float64

    Returns
    -------
    (num_topics, num_topics) float64
        NaN for topics whose ω is not positive.
    """
    n = len(covariance)
    own = np.diag(covariance)
    omega = (n * own - own.sum() / (n - 1)) / (n - 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.where(omega > 0, omega, np.nan))
        ratio = own[:, None] + own - 2 * covariance
        correlation: NDArray[np.float64] = (
            (omega[:, None] + omega - ratio) / 2 / np.outer(root, root)
        )
    return correlation
