"""GSM, the Gaussian softmax topic model (Miao, Grefenstette & Blunsom 2017, arXiv:1706.00359)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from theta.models.neural_baseline import (
    NeuralBaseline,
    NeuralBaselineOptions,
    Sizes,
    document_encoder,
)

if TYPE_CHECKING:
    from theta.nn.elbo import VAE

_DIM = 300
"""Dimension of the learned word and topic vectors."""


class Gsm(NeuralBaseline):
    """Reads counts; standard normal prior; θ = softmax(W z); topics are mixed.

    Topics are softmaxes over the inner products of learned word and topic vectors.
    """

    name: ClassVar[str] = "gsm"
    title: ClassVar[str] = "GSM"

    def build(self, sizes: Sizes, options: NeuralBaselineOptions) -> VAE:
        """Return the untrained network."""
        from torch import randn
        from torch.nn import Tanh

        from theta.nn.embedded_decoder import GaussianSoftmaxVAE, TransformedDecoder

        encoder = document_encoder(options, Tanh(), n_words=sizes.n_words)
        decoder = TransformedDecoder(randn(sizes.n_words, _DIM), options.num_topics)
        return GaussianSoftmaxVAE(encoder, decoder, prior_variance=1.0)
