"""Effects of covariates on topic shares: the method of composition and a permutation test.

Treier & Jackman (2008), https://doi.org/10.1111/j.1540-5907.2007.00308.x; Westfall & Young (1993),
Resampling-Based Multiple Testing; Freedman & Lane (1983),
https://doi.org/10.1080/07350015.1983.10509354.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theta.models.logistic_normal import blocks, posterior_covariance, posterior_mode, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_DRAWS = 50
"""Draws from the posterior, for the standard errors."""

_PERMUTATIONS = 999
"""The smallest p-value is 1 in 1,000."""


class Coefficients(NamedTuple):
    """Coefficients of the regression of topic shares on a design matrix.

    Attributes
    ----------
    effect, standard_error : (n_columns, num_topics) float64
        The intercept comes first.
    """

    effect: NDArray[np.float64]
    standard_error: NDArray[np.float64]


def regress_shares(
    bow: csr_array,
    x: NDArray[np.float64],
    by_word: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    precision: NDArray[np.float64],
    seed: int,
) -> Coefficients:
    """Regress the topic shares of documents on their covariates by least squares.

    The shares are not observed, so the regression is done for each of 50 draws from their
    posterior, and the draws are combined by Rubin's rules: the variance is the mean of the
    regressions' own plus 51/50 of the variance between draws. Each draw has its own prior
    coefficients Γ: the shares of short documents depend on the estimate of Γ, whose error they
    share.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    x : (n_docs, n_columns) float64
        Full rank, the intercept first, with ``n_columns < n_docs``.
    by_word : (n_words, num_topics) float64
        βᵀ.
    coefficients : (n_columns, num_topics - 1) float64
        Γ; the prior mean is xΓ.
    precision : (num_topics - 1, num_topics - 1) float64
        Σ⁻¹.
    seed : int
    """
    rng = np.random.default_rng(seed)
    (n_docs, n_columns), num_topics = x.shape, by_word.shape[1]
    mean = x @ coefficients
    mode = posterior_mode(bow, by_word, mean, precision, mean)
    inverse = np.linalg.inv(x.T @ x)
    shifts = _coefficient_draws(rng, mode - mean, precision, inverse)
    products, squares = np.zeros((_DRAWS, n_columns, num_topics)), np.zeros((_DRAWS, num_topics))
    for part in blocks(bow, num_topics):
        nu, _, _ = posterior_covariance(bow[part], by_word, mode[part], precision)
        root = np.linalg.cholesky(nu)
        sensitivity = nu @ precision  # ∂η̂/∂μ
        for draw in range(_DRAWS):
            noise = rng.standard_normal(mode[part].shape)
            eta = mode[part] + np.einsum("dij,dj->di", root, noise)
            eta += np.einsum("dij,dj->di", sensitivity, x[part] @ shifts[draw])
            theta = shares(eta)
            products[draw] += x[part].T @ theta
            squares[draw] += (theta**2).sum(axis=0)
    estimates = inverse @ products
    # Σ (θ − xc)² = Σ θ² − c · xᵀθ at the least squares solution.
    residual = squares - (estimates * products).sum(axis=1)
    within = residual.mean(axis=0) / (n_docs - n_columns)
    between = estimates.var(axis=0, ddof=1)
    variance = np.diag(inverse)[:, None] * within + (1 + 1 / _DRAWS) * between
    return Coefficients(estimates.mean(axis=0), np.sqrt(variance))


def _coefficient_draws(
    rng: np.random.Generator,
    deviations: NDArray[np.float64],
    precision: NDArray[np.float64],
    inverse: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return draws of Γ − Γ̂: (draws, n_columns, num_topics - 1).

    Its covariance is (xᵀx)⁻¹ ⊗ Σ S⁻¹ Σ with S the covariance of η̂ − xΓ: the inverse information of
    the prior means in the words, Σ⁻¹ − Σ⁻¹ν̄Σ⁻¹, where Σ = S + ν̄. It is Σ for long
    documents, and large for uninformative ones.
    """
    spread = deviations.T @ deviations / len(deviations)
    values, vectors = np.linalg.eigh(spread)
    sigma = np.linalg.inv(precision)
    # In directions without information S is 0: limit the covariance to a hundred times Σ.
    least = 0.01 * np.linalg.eigvalsh(sigma)[-1]
    root = sigma @ (vectors / np.sqrt(np.maximum(values, least)))
    noise = rng.standard_normal((_DRAWS, len(inverse), len(root)))
    drawn: NDArray[np.float64] = np.linalg.cholesky(inverse) @ noise @ root.T
    return drawn


def shares_from_words(
    bow: csr_array,
    x: NDArray[np.float64],
    by_word: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the topic shares of documents under a common prior: (n_docs, num_topics).

    Parameters are those of `regress_shares`. The shares do not depend on covariates, so
    that documents are exchangeable under the null hypothesis.
    """
    mean = x @ coefficients
    total = np.linalg.inv(precision) + np.cov(mean.T, bias=True).reshape(precision.shape)
    common = np.broadcast_to(mean.mean(axis=0), mean.shape)
    return shares(posterior_mode(bow, by_word, common, np.linalg.inv(total), common.copy()))


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
