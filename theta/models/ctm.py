"""CTM, contextualised topic models: ProdLDA whose encoder reads document embeddings.

Zero-shot: Bianchi, Terragni, Hovy, Nozza & Fersini (2021), https://aclanthology.org/2021.eacl-main.143.
Combined: Bianchi, Terragni & Hovy (2021), https://aclanthology.org/2021.acl-short.96.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from theta.models.neural_baseline import NeuralBaseline, Sizes
from theta.models.prodlda import ExpertsOptions, expert_scores, experts_network
from theta.models.vae import VAEOptions
from theta.options.declare import option, redeclare

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from theta.nn.elbo import VAE


@dataclass(frozen=True)
class CtmOptions(ExpertsOptions):
    """Options of CTM."""

    inference_type: str = option(
        "zeroshot",
        "Input of the encoder: the embedding (zeroshot: applies to unseen words and languages) or "
        "the embedding and the counts (combined).",
        choices=("zeroshot", "combined"),
    )
    hidden_dim: int = redeclare(VAEOptions, "hidden_dim", 100)


class Ctm(NeuralBaseline):
    """ProdLDA whose encoder reads embeddings, or embeddings and counts.

    The combined network of the paper maps the embedding to the size of the vocabulary and then the
    two together to the hidden layer. Without an activation between the two maps, one map
    from embedding and counts to the hidden layer is equivalent and far smaller.
    """

    name: ClassVar[str] = "ctm"
    title: ClassVar[str] = "CTM"
    needs: ClassVar[frozenset[str]] = frozenset({"embeddings"})
    Options: ClassVar[type[CtmOptions]] = CtmOptions

    def build(self, sizes: Sizes, options: CtmOptions) -> VAE:
        """Return the untrained network."""
        words_read = sizes.n_words if options.inference_type == "combined" else 0
        return experts_network(words_read, sizes.n_features, sizes.n_words, options)

    def word_scores(self, network: VAE) -> NDArray[np.float32]:
        """Return B."""
        return expert_scores(network)
