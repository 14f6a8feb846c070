"""ProdLDA (Srivastava & Sutton 2017, arXiv:1703.01488): LDA as a product of experts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from theta.models.neural_baseline import (
    NeuralBaseline,
    NeuralBaselineOptions,
    Sizes,
    document_encoder,
)
from theta.models.vae import VAEOptions
from theta.options.declare import redeclare

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from theta.nn.elbo import VAE

_PRIOR_ALPHA = 1.0
"""Concentration of the Dirichlet prior that the normal approximates."""


@dataclass(frozen=True)
class ExpertsOptions(NeuralBaselineOptions):
    """Options of product-of-experts models."""

    # Also applied to the topics of a document. With half of it, topics split one theme: NPMI .17
    # and .20 become .12 and .13 (20 Newsgroups, ProdLDA and CTM).
    dropout: float = redeclare(VAEOptions, "dropout", 0.4)
    # As published: coherence improves for dozens of epochs in which the ELBO hardly changes.
    early_stopping: bool = redeclare(VAEOptions, "early_stopping", False)


class ProdLda(NeuralBaseline):
    """Reads counts; Dirichlet-like prior; product of experts.

    Softplus layers and batch-normalised heads, the Laplace approximation of a Dirichlet as prior,
    and word probabilities softmax(norm(θ B)). The rows of B rank the words.
    """

    name: ClassVar[str] = "prodlda"
    title: ClassVar[str] = "ProdLDA"
    Options: ClassVar[type[Any]] = ExpertsOptions

    def build(self, sizes: Sizes, options: ExpertsOptions) -> VAE:
        """Return the untrained network."""
        return experts_network(sizes.n_words, 0, sizes.n_words, options)

    def word_scores(self, network: VAE) -> NDArray[np.float32]:
        """Return B."""
        return expert_scores(network)


def experts_network(
    words_read: int, features_read: int, n_words: int, options: ExpertsOptions
) -> VAE:
    """Return ProdLDA's network for counts, embeddings or both.

    Parameters
    ----------
    words_read, features_read : int
        Dimensions of counts and embeddings that the encoder reads; 0 for none.
    n_words : int
    options : ExpertsOptions
    """
    from torch.nn import Softplus

    from theta.nn.elbo import VAE, sparse_dirichlet_variance
    from theta.nn.expert_decoder import ExpertsDecoder

    encoder = document_encoder(
        options,
        Softplus(),
        n_words=words_read,
        n_features=features_read,
        normalized_heads=True,
    )
    decoder = ExpertsDecoder(options.num_topics, n_words, normalized=True, dropout=options.dropout)
    return VAE(encoder, decoder, sparse_dirichlet_variance(options.num_topics, _PRIOR_ALPHA))


def expert_scores(network: VAE) -> NDArray[np.float32]:
    """Return B of an `ExpertsDecoder`: (num_topics, n_words)."""
    from theta.nn.infer import state_arrays

    return state_arrays(network)["decoder.experts"]
