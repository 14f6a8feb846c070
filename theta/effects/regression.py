"""Regression of the shares of all topics on one design matrix at once, with robust errors.

White (1980), https://doi.org/10.2307/1912934; MacKinnon & White (1985), HC3,
https://doi.org/10.1016/0304-4076(85)90158-7; Liang & Zeger (1986), clusters,
https://doi.org/10.1093/biomet/73.1.13; Papke & Wooldridge (1996), fractional response,
https://doi.org/10.1002/(SICI)1099-1255(199611)11:6<619::AID-JAE418>3.0.CO;2-1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_CELLS = 8_000_000
"""Size of the matrix documents × products of columns in memory at a time."""

_MAX_STEPS = 50
_TOLERANCE = 1e-10
"""Largest change of a linear predictor's scale at which a fractional regression has converged."""

_LARGEST_LOG_ODDS = 30.0
"""A predictor beyond this is on its way to infinity: the share is below 1e-13."""

SMALLEST_SHARE = 1e-6
"""Shares are kept this far from 0 and 1 before their logit is taken."""


class Fit(NamedTuple):
    """The regressions of all topics for one draw of their shares.

    Attributes
    ----------
    coefficients : (n_columns, num_topics) float64
        NaN for a topic whose regression did not converge.
    covariance : (num_topics, n_columns, n_columns) float64
    """

    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]


class Regression:
    """Regressions that share a design matrix.

    Without clusters the errors are robust against heteroskedasticity: HC3 for least squares, HC1
    for the fractional regression. With clusters they are robust against any dependence within a
    cluster (CR1).

    Parameters
    ----------
    x : (n_docs, n_columns) float64
        Full rank, the intercept first, with ``n_columns < n_docs``.
    response : {"share", "logit", "fractional"}
        Least squares on the shares or on their log odds, or a quasi-binomial regression with a
        logit link.
    clusters : (n_docs,) int, optional
        Number of the cluster of each document, from 0.
    """

    def __init__(
        self, x: NDArray[np.float64], response: str, clusters: NDArray[np.intp] | None = None
    ) -> None:
        self.response = response
        self.n_docs, self.n_columns = x.shape
        # Columns of very different size, such as a year and a share, cost no digits in this basis.
        self._basis, triangle = np.linalg.qr(x)
        self._inverse = np.linalg.inv(triangle)
        self._clusters = clusters
        self._start: NDArray[np.float64] | None = None
        upper = np.triu_indices(self.n_columns)
        self._upper = upper
        whole = np.empty((self.n_columns, self.n_columns), dtype=np.intp)
        whole[upper] = np.arange(len(upper[0]))
        whole.T[upper] = np.arange(len(upper[0]))
        self._whole = whole
        n_products = len(upper[0])
        self._block = max(1, _CELLS // n_products)
        self._products: NDArray[np.float64] | None = None
        if self.n_docs <= self._block:
            self._products = self._products_of(slice(None))
        if response != "fractional":
            leverage = (self._basis**2).sum(axis=1)
            self._weight = 1 / (1 - leverage)

    @property
    def degrees_of_freedom(self) -> int:
        """Of the t distribution of a coefficient over its error, for shares that are known."""
        if self._clusters is not None:
            return int(self._clusters.max())
        return self.n_docs - self.n_columns

    @property
    def is_linear(self) -> bool:
        """Whether the expected share is linear in the coefficients."""
        return self.response == "share"

    def fit(self, shares: NDArray[np.floating[Any]]) -> Fit:
        """Return the regressions of shares: (n_docs, num_topics)."""
        y = shares.astype(np.float64)
        if self.response == "fractional":
            return self._fit_fractional(y)
        if self.response == "logit":
            y = np.clip(y, SMALLEST_SHARE, 1 - SMALLEST_SHARE)
            y = np.log(y) - np.log1p(-y)
        rotated = self._basis.T @ y
        residual = y - self._basis @ rotated
        meat = self._meat(residual, None if self._clusters is not None else self._weight)
        bread = self._inverse
        return Fit(bread @ rotated, bread @ meat @ bread.T)

    def _meat(
        self, residual: NDArray[np.float64], weight: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Return Σ s sᵀ of the scores s = q e of each topic: (num_topics, n_columns, n_columns)."""
        if self._clusters is not None:
            return self._cluster_meat(residual)
        if weight is not None:
            residual = residual * weight[:, None]
        return self._weighted_gram(residual**2)

    def _cluster_meat(self, residual: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.sparse import csr_array

        assert self._clusters is not None
        n_clusters = int(self._clusters.max()) + 1
        ones = np.ones(self.n_docs)
        members = csr_array(
            (ones, (self._clusters, np.arange(self.n_docs))), shape=(n_clusters, self.n_docs)
        )
        scores = np.stack(
            [members @ (column[:, None] * residual) for column in self._basis.T], axis=2
        )
        meat = np.einsum("gka,gkb->kab", scores, scores, optimize=True)
        small = n_clusters / (n_clusters - 1) * (self.n_docs - 1) / (self.n_docs - self.n_columns)
        return small * meat

    def _weighted_gram(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return Σ_d w_dk q_d q_dᵀ of each topic k: (num_topics, n_columns, n_columns)."""
        total = np.zeros((len(self._upper[0]), weights.shape[1]))
        for rows, products in self._product_blocks():
            total += products.T @ weights[rows]
        return np.ascontiguousarray(total[self._whole].transpose(2, 0, 1))

    def _product_blocks(self) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        if self._products is not None:
            yield slice(None), self._products
            return
        for begin in range(0, self.n_docs, self._block):
            rows = slice(begin, begin + self._block)
            yield rows, self._products_of(rows)

    def _products_of(self, rows: slice) -> NDArray[np.float64]:
        basis = self._basis[rows]
        return basis[:, self._upper[0]] * basis[:, self._upper[1]]

    def _fit_fractional(self, y: NDArray[np.float64]) -> Fit:
        """Newton's method for all topics, from the solution of the draw before."""
        from scipy.special import expit

        q = self._basis
        if self._start is None:
            mean = np.clip(y.mean(axis=0), SMALLEST_SHARE, 1 - SMALLEST_SHARE)
            self._start = q.T @ np.tile(np.log(mean) - np.log1p(-mean), (self.n_docs, 1))
        rotated = self._start.copy()
        settled = np.zeros(y.shape[1], dtype=bool)
        for _ in range(_MAX_STEPS):
            predictor = q @ rotated
            mean = expit(predictor)
            # Separated: a level has none of a topic. The rest of its regression is not solvable.
            lost = np.abs(predictor).max(axis=0) > _LARGEST_LOG_ODDS
            hessian = self._weighted_gram(mean * (1 - mean))
            hessian[lost] = np.eye(self.n_columns)
            gradient = q.T @ np.where(lost, 0, y - mean)
            step = np.linalg.solve(hessian, gradient.T[:, :, None])[:, :, 0].T
            # A long step can leave the region where Newton's method converges.
            size = np.abs(step).max(axis=0) / np.sqrt(self.n_docs)
            rotated += step / np.maximum(1, size / 3)
            settled = (size < _TOLERANCE) & ~lost
            if (settled | lost).all():
                break
        mean = expit(q @ rotated)
        information = self._weighted_gram(mean * (1 - mean))
        information[~settled] = np.eye(self.n_columns)
        bread = np.linalg.inv(information)
        factor = 1.0 if self._clusters is not None else self.n_docs / (self.n_docs - self.n_columns)
        meat = factor * self._meat(y - mean, None)
        covariance = self._inverse @ (bread @ meat @ bread) @ self._inverse.T
        self._start = np.where(settled, rotated, self._start)
        coefficients = np.where(settled, self._inverse @ rotated, np.nan)
        covariance[~settled] = np.nan
        return Fit(coefficients, covariance)
