"""Decoders whose topics are points among word vectors: β_k = softmax(ρ α_k)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from theta.nn.elbo import VAE

if TYPE_CHECKING:
    from theta.nn.inputs import Counts

_TINY = 1e-10
"""Added to p(w|d), so that a word which no topic knows costs much but not infinitely much."""


class EmbeddedDecoder(nn.Module):
    """A mixture of topics, each a softmax over the words by the inner product of vectors.

    p(w|d) = Σ_k θ_dk softmax(ρ α_k)_w. Dieng, Ruiz & Blei (2020), equations 1 to 4
    (https://doi.org/10.1162/tacl_a_00325); Miao, Grefenstette & Blunsom (2017), equation 6
    (https://arxiv.org/abs/1706.00359).

    Parameters
    ----------
    word_vectors : (n_words, dim) float32
        Where ρ starts.
    num_topics : int
    fixed : bool
        Keep ρ as it is and learn α alone.
    """

    weight_decay = 0.0

    def __init__(self, word_vectors: Tensor, num_topics: int, *, fixed: bool) -> None:
        super().__init__()
        self.num_topics = num_topics
        self.word_vectors = nn.Parameter(word_vectors.clone(), requires_grad=not fixed)
        # As in the authors' program: a linear map from vectors to topics and torch's start for it.
        self.topic_vectors = nn.Parameter(
            nn.Linear(word_vectors.shape[1], num_topics).weight.detach().clone()
        )

    def forward(self, doc_topic: Tensor, counts: Counts) -> Tensor:
        """Return Σ_v x_v log(θ_d · β_v + 1e-10) of each document: (n_docs,)."""
        word_topic = torch.softmax(self._scores(), dim=0)
        if counts.prefers_dense:
            return (counts.dense() * torch.log(doc_topic @ word_topic.t() + _TINY)).sum(dim=1)
        chances = doc_topic.index_select(0, counts.documents) * word_topic.index_select(
            0, counts.words
        )
        terms = torch.log(chances.sum(dim=1) + _TINY) * counts.values
        return terms.new_zeros(len(doc_topic)).index_add(0, counts.documents, terms)

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
    """An `EmbeddedDecoder` that learns W too."""

    def __init__(self, word_vectors: Tensor, num_topics: int) -> None:
        super().__init__(word_vectors, num_topics, fixed=False)
        self.transform = nn.Linear(num_topics, num_topics, bias=False)
        # From W = I, so that topics are told apart from the first step on.
        nn.init.eye_(self.transform.weight)
