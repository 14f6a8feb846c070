"""Posteriors of the topic shares of documents, from which draws are taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.nn.elbo import VAE


class SharePosterior(Protocol):
    """The posterior of θ of some documents."""

    @property
    def kind(self) -> str:
        """The family, for readers."""
        ...

    def draws(self, n_draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
        """Yield draws of θ: (n_docs, num_topics) each, rows sum to one."""
        ...


@dataclass(frozen=True)
class DirichletPosterior:
    """θ_d ~ Dirichlet(γ_d), the variational posterior of LDA.

    Attributes
    ----------
    gamma : (n_docs, num_topics) float64
        γ, positive.
    """

    gamma: NDArray[np.float64]
    kind = "the variational Dirichlet posterior"

    def draws(self, n_draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
        """Yield draws of θ."""
        rng = np.random.default_rng(seed)
        for _ in range(n_draws):
            # Gamma(γ) = Gamma(γ + 1) U^(1/γ): its logarithm is finite however small γ is.
            log = np.log(rng.standard_gamma(self.gamma + 1))
            log += np.log(1 - rng.random(self.gamma.shape)) / self.gamma
            yield _softmax(log)


@dataclass(frozen=True)
class NetworkPosterior:
    """z_d ~ N(μ_d, diag σ_d²) and θ_d a function of z_d, the posterior of an encoder.

    Attributes
    ----------
    network : VAE
        Whose `topics` maps z to θ.
    mean, deviation : (n_docs, dim of z) float32
        μ and σ.
    """

    network: VAE
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    kind = "the encoder's normal posterior"

    def draws(self, n_draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
        """Yield draws of θ."""
        from theta.nn.infer import topics_of

        rng = np.random.default_rng(seed)
        for _ in range(n_draws):
            z = rng.standard_normal(self.mean.shape, dtype=np.float32)
            z *= self.deviation
            z += self.mean
            yield topics_of(self.network, z)


def _softmax(log: NDArray[Any]) -> NDArray[np.float32]:
    log -= log.max(axis=1, keepdims=True)
    np.exp(log, out=log)
    log /= log.sum(axis=1, keepdims=True)
    return log.astype(np.float32)
