"""Product-of-experts decoders: p(w|d) = softmax(Σ_k z_dk B_k + b)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from theta.nn.document_encoder import ShiftedBatchNorm
from theta.nn.elbo import VAE
from theta.nn.encoder import Dropout
from theta.nn.inputs import Counts


class ExpertsDecoder(nn.Module):
    """A product of experts.

    log p(w|d) = log softmax(norm(h_d B))_w, where h_d is θ_d or z_d. Srivastava & Sutton (2017),
    section 4 (https://arxiv.org/abs/1703.01488), with batch normalisation over the words; Miao,
    Yu & Blunsom (2016), section 3.1 (https://arxiv.org/abs/1511.06038), with a bias instead.

    Parameters
    ----------
    num_topics, n_words : int
    normalized : bool
        Use batch normalisation instead of a bias.
    dropout : float
        Dropout rate of the topic weights of a document.
    """

    weight_decay = 0.0

    def __init__(self, num_topics: int, n_words: int, *, normalized: bool, dropout: float) -> None:
        super().__init__()
        self.num_topics = num_topics
        self.dropout = Dropout(dropout)
        self.experts = nn.Parameter(torch.empty(num_topics, n_words))
        nn.init.xavier_uniform_(self.experts)
        self.norm = ShiftedBatchNorm(n_words) if normalized else WordBias(n_words)

    def forward(self, doc_topic: Tensor, counts: Counts) -> Tensor:
        """Return Σ_v x_v log p(v|d) of each document: (n_docs,)."""
        return (counts.dense() * self._log_probabilities(self.dropout(doc_topic))).sum(dim=1)

    @torch.no_grad()
    def log_topic_word(self) -> Tensor:
        """Return log p(w|d) of documents with a single topic: (num_topics, n_words)."""
        return self._log_probabilities(torch.eye(self.num_topics, device=self.experts.device))

    def _log_probabilities(self, weights: Tensor) -> Tensor:
        return torch.log_softmax(self.norm(weights @ self.experts), dim=1)


class WordBias(nn.Module):
    """A learned bias for each word."""

    def __init__(self, n_words: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(n_words))

    def forward(self, scores: Tensor) -> Tensor:
        """Add the bias."""
        return scores + self.bias


class GaussianVAE(VAE):
    """A VAE whose decoder reads z, not its softmax (Miao, Yu & Blunsom 2016)."""

    def topics(self, z: Tensor) -> Tensor:
        """Return z."""
        return z

    def reported_topics(self, z: Tensor) -> Tensor:
        """Return softmax(z): (n_docs, num_topics)."""
        return torch.softmax(z, dim=1)
