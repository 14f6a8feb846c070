"""Decoders whose topics are vectors in the space of word vectors: β_k = softmax(ρ α_k)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from theta.nn.decoder import EPSILON, gathered_log_likelihood
from theta.nn.elbo import VAE
from theta.nn.inputs import Counts


class EmbeddedDecoder(nn.Module):
    """A mixture of topics, each a softmax over the words by the inner product of vectors.

    p(w|d) = Σ_k θ_dk softmax(ρ α_k)_w. Dieng, Ruiz & Blei (2020), equations 1 to 4
    (https://doi.org/10.1162/tacl_a_00325); Miao, Grefenstette & Blunsom (2017), equation 6
    (https://arxiv.org/abs/1706.00359).

    Parameters
    ----------
    word_vectors : (n_words, dim) float32
        Initial ρ.
    num_topics : int
    fixed : bool
        Keep ρ fixed and learn α only.
    """

    weight_decay = 0.0

    def __init__(self, word_vectors: Tensor, num_topics: int, *, fixed: bool) -> None:
        super().__init__()
        self.num_topics = num_topics
        self.word_vectors = nn.Parameter(word_vectors.clone(), requires_grad=not fixed)
        # As in the authors' code: a linear layer with torch's initialisation.
        self.topic_vectors = nn.Parameter(
            nn.Linear(word_vectors.shape[1], num_topics).weight.detach().clone()
        )

    def forward(self, doc_topic: Tensor, counts: Counts) -> Tensor:
        """Return Σ_v x_v log(θ_d · β_v + 1e-10) of each document: (n_docs,)."""
        word_topic = torch.softmax(self._scores(), dim=0)
        if counts.prefers_dense:
            return (counts.dense() * torch.log(doc_topic @ word_topic.t() + EPSILON)).sum(dim=1)
        return gathered_log_likelihood(doc_topic, word_topic, counts, counts.words)

    @torch.no_grad()
    def log_topic_word(self) -> Tensor:
        """Return log β: (num_topics, n_words)."""
        return torch.log_softmax(self._scores(), dim=0).t()

    def _scores(self) -> Tensor:
        return self.word_vectors @ self.topic_vectors.t()


class GaussianSoftmaxVAE(VAE):
    """θ = softmax(W z) with W learned, the Gaussian softmax of Miao et al. (2017), equation 2."""

    decoder: TransformedDecoder

    def topics(self, z: Tensor) -> Tensor:
        """Return θ of z: (n_docs, num_topics)."""
        return torch.softmax(self.decoder.transform(z), dim=1)


class TransformedDecoder(EmbeddedDecoder):
    """An `EmbeddedDecoder` that also learns W."""

    def __init__(self, word_vectors: Tensor, num_topics: int) -> None:
        super().__init__(word_vectors, num_topics, fixed=False)
        self.transform = nn.Linear(num_topics, num_topics, bias=False)
        # Initialised to I, so that topics differ from the first step on.
        nn.init.eye_(self.transform.weight)
