"""ETM, the embedded topic model (Dieng, Ruiz & Blei 2020, https://doi.org/10.1162/tacl_a_00325)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from theta.models.neural_baseline import (
    NeuralBaseline,
    NeuralBaselineOptions,
    Sizes,
    document_encoder,
)
from theta.models.vae import VAEOptions
from theta.models.word_vectors import LIBRARIES, WordVectorOptions, word_vectors
from theta.options.declare import redeclare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.contracts import Corpus
    from theta.models.base import FitContext
    from theta.nn.elbo import VAE


@dataclass(frozen=True)
class EtmOptions(WordVectorOptions, NeuralBaselineOptions):
    """Options of ETM."""

    # The authors' value; with dropout, topics of a small corpus merge.
    dropout: float = redeclare(VAEOptions, "dropout", 0.0)


class Etm(NeuralBaseline):
    """Reads relative word frequencies; standard normal prior; topics are vectors in word space.

    β_k = softmax(ρ α_k) with fixed ρ from word2vec on the corpus.
    """

    name: ClassVar[str] = "etm"
    title: ClassVar[str] = "ETM"
    libraries: ClassVar[Mapping[str, str]] = LIBRARIES
    Options: ClassVar[type[EtmOptions]] = EtmOptions

    def build(self, sizes: Sizes, options: EtmOptions) -> VAE:
        """Return the untrained network."""
        from torch import zeros
        from torch.nn import ReLU

        from theta.nn.elbo import VAE
        from theta.nn.embedded_decoder import EmbeddedDecoder

        encoder = document_encoder(options, ReLU(), n_words=sizes.n_words, shares=True)
        vectors = zeros(sizes.n_words, options.embedding_dim)
        decoder = EmbeddedDecoder(vectors, options.num_topics, fixed=True)
        return VAE(encoder, decoder, prior_variance=1.0)

    def start(
        self, corpus: Corpus, options: EtmOptions, context: FitContext
    ) -> dict[str, NDArray[Any]]:
        """Return ρ."""
        return {"decoder.word_vectors": word_vectors(corpus, options.embedding_dim, context.seed)}
