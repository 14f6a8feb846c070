"""NVDM, the neural variational document model (Miao, Yu & Blunsom 2016, arXiv:1511.06038)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from theta.models.neural_baseline import (
    NeuralBaseline,
    NeuralBaselineOptions,
    Sizes,
    document_encoder,
)
from theta.models.prodlda import expert_scores

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from theta.nn.elbo import VAE


class Nvdm(NeuralBaseline):
    """Reads counts; standard normal prior; words from softmax(z R + b), z without a softmax.

    The dimensions of z are not shares and may be negative. softmax(μ) is reported as θ, and the
    rows of R rank the words.
    """

    name: ClassVar[str] = "nvdm"
    title: ClassVar[str] = "NVDM"

    def build(self, sizes: Sizes, options: NeuralBaselineOptions) -> VAE:
        """Return the untrained network."""
        from torch.nn import Tanh

        from theta.nn.expert_decoder import ExpertsDecoder, GaussianVAE

        encoder = document_encoder(options, Tanh(), n_words=sizes.n_words)
        decoder = ExpertsDecoder(options.num_topics, sizes.n_words, normalized=False, dropout=0.0)
        return GaussianVAE(encoder, decoder, prior_variance=1.0)

    def word_scores(self, network: VAE) -> NDArray[np.float32]:
        """Return R."""
        return expert_scores(network)
