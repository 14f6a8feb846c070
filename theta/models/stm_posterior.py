"""The posterior of the topic shares of documents in STM, with the error of its coefficients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theta.models.logistic_normal import blocks, posterior_covariance, posterior_mode, shares

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Prior:
    """The prior of the documents, η_d ~ N(x_d Γ, Σ), and the topics.

    Attributes
    ----------
    coefficients : (n_columns, num_topics - 1) float64
        Γ.
    precision : (num_topics - 1, num_topics - 1) float64
        Σ⁻¹.
    by_word : (n_words, num_topics) float64
        βᵀ.
    """

    coefficients: NDArray[np.float64]
    precision: NDArray[np.float64]
    by_word: NDArray[np.float64]


@dataclass(frozen=True)
class CoefficientError:
    """The covariance of the estimate of Γ, as the Kronecker product of two matrices.

    Attributes
    ----------
    by_column : (n_columns, n_columns) float64
        A root of (xᵀx)⁻¹ of the training documents.
    by_topic : (num_topics - 1, num_topics - 1) float64
        A root of Σ S⁻¹ Σ with S the covariance of η̂ − xΓ: the inverse information of the prior
        means in the words, Σ⁻¹ − Σ⁻¹ν̄Σ⁻¹, where Σ = S + ν̄. It is Σ for long documents, and large
        for uninformative ones.
    """

    by_column: NDArray[np.float64]
    by_topic: NDArray[np.float64]

    @classmethod
    def of(
        cls, x: NDArray[np.float64], deviations: NDArray[np.float64], precision: NDArray[np.float64]
    ) -> CoefficientError:
        """Return the error of an estimate.

        Parameters
        ----------
        x : (n_docs, n_columns) float64
            Design matrix of the training documents.
        deviations : (n_docs, num_topics - 1) float64
            η̂ − xΓ.
        precision : (num_topics - 1, num_topics - 1) float64
        """
        spread = deviations.T @ deviations / len(deviations)
        values, vectors = np.linalg.eigh(spread)
        sigma = np.linalg.inv(precision)
        # In directions without information S is 0: limit the covariance to a hundred times Σ.
        least = 0.01 * np.linalg.eigvalsh(sigma)[-1]
        root = sigma @ (vectors / np.sqrt(np.maximum(values, least)))
        return cls(np.linalg.cholesky(np.linalg.inv(x.T @ x)), root)

    def draws(self, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return draws of Γ − Γ̂: (n_draws, n_columns, num_topics - 1)."""
        noise = rng.standard_normal((n_draws, len(self.by_column), len(self.by_topic)))
        drawn: NDArray[np.float64] = self.by_column @ noise @ self.by_topic.T
        return drawn


@dataclass(frozen=True)
class StmPosterior:
    """The Laplace posterior of η_d, and θ_d = softmax([η_d, 0]).

    Each draw has its own Γ: the shares of short documents depend on the estimate of Γ, whose error
    they share.

    Attributes
    ----------
    bow : (n_docs, n_words) csr_array
    x : (n_docs, n_columns) float64
        Design matrix of the documents.
    prior : Prior
    error : CoefficientError
    """

    bow: csr_array
    x: NDArray[np.float64]
    prior: Prior
    error: CoefficientError
    kind = "the Laplace posterior"

    def draws(self, n_draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
        """Yield draws of θ."""
        rng = np.random.default_rng(seed)
        by_word, precision = self.prior.by_word, self.prior.precision
        mean = self.x @ self.prior.coefficients
        mode = posterior_mode(self.bow, by_word, mean, precision, mean)
        shifts = self.error.draws(n_draws, rng)
        drawn = np.empty((n_draws, len(mode), by_word.shape[1]), dtype=np.float32)
        # All draws of a block of documents at once, so that its covariances are computed once.
        for part in blocks(self.bow, by_word.shape[1]):
            nu, _, _ = posterior_covariance(self.bow[part], by_word, mode[part], precision)
            root = np.linalg.cholesky(nu)
            sensitivity = nu @ precision  # ∂η̂/∂μ
            for number, shift in enumerate(shifts):
                noise = rng.standard_normal(mode[part].shape)
                eta = mode[part] + np.einsum("dij,dj->di", root, noise)
                eta += np.einsum("dij,dj->di", sensitivity, self.x[part] @ shift)
                drawn[number, part] = shares(eta)
        yield from drawn


def shares_from_words(bow: csr_array, x: NDArray[np.float64], prior: Prior) -> NDArray[np.float64]:
    """Return the topic shares of documents under a common prior: (n_docs, num_topics).

    They do not depend on the covariates x of the documents, so that documents are exchangeable
    under the null hypothesis that the covariates have no effect.
    """
    mean = x @ prior.coefficients
    total = np.linalg.inv(prior.precision) + np.cov(mean.T, bias=True).reshape(
        prior.precision.shape
    )
    common = np.broadcast_to(mean.mean(axis=0), mean.shape)
    return shares(posterior_mode(bow, prior.by_word, common, np.linalg.inv(total), common.copy()))
