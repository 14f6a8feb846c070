"""The encoder of the neural baselines: it reads counts, embeddings or both."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from theta.nn.encoder import Dropout
from theta.nn.inputs import Counts, Inputs

Activation = nn.Module
"""Activation between linear layers."""


class DocumentEncoder(nn.Module):
    """Amortised posterior N(μ, diag σ²) of a document.

    `num_layers` linear layers with activations, dropout, and one linear head each for μ and log σ².
    With `normalized_heads` both are batch-normalised without a scale, which prevents component
    collapse (Srivastava & Sutton 2017, section 3.3).

    Parameters
    ----------
    n_words : int
        0 if the encoder reads no counts.
    n_features : int
        Dimension of the embeddings; 0 if it reads none.
    num_topics, hidden_dim, num_layers : int
    dropout : float
    activation : Activation
        Softplus, ReLU or Tanh.
    shares : bool
        Read relative frequencies instead of counts.
    normalized_heads : bool
    """

    def __init__(
        self,
        *,
        n_words: int,
        n_features: int,
        num_topics: int,
        hidden_dim: int,
        num_layers: int,
        dropout: float,
        activation: Activation,
        shares: bool = False,
        normalized_heads: bool = False,
    ) -> None:
        super().__init__()
        self.shares = shares
        # One linear layer on [counts, embedding], with separate weights for the words, so that only
        # the rows of words in a document are read.
        inputs = nn.Linear(n_words + n_features, hidden_dim)
        self.bias = nn.Parameter(inputs.bias.detach().clone())
        weights = inputs.weight.detach()
        self.word_weights = _columns(weights[:, :n_words].t())
        self.feature_weights = _columns(weights[:, n_words:].t())
        layers: OrderedDict[str, nn.Module] = OrderedDict(activation0=activation)
        for layer in range(1, num_layers):
            layers[f"linear{layer}"] = nn.Linear(hidden_dim, hidden_dim)
            layers[f"activation{layer}"] = activation
        layers["dropout"] = Dropout(dropout)
        self.body = nn.Sequential(layers)
        self.mean = _head(hidden_dim, num_topics, normalized_heads)
        self.log_variance = _head(hidden_dim, num_topics, normalized_heads)

    def forward(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return μ and log σ² of each document, both (n_docs, num_topics)."""
        hidden = self.bias.expand(len(inputs), -1)
        if self.word_weights is not None:
            hidden = hidden + self._read_counts(inputs.counts)
        if self.feature_weights is not None:
            if inputs.features is None:
                raise ValueError("this encoder requires embeddings")
            hidden = hidden + inputs.features.to(self.bias.dtype) @ self.feature_weights
        hidden = self.body(hidden)
        return self.mean(hidden), self.log_variance(hidden)

    def _read_counts(self, counts: Counts) -> Tensor:
        assert self.word_weights is not None
        if counts.prefers_dense:
            dense = counts.dense()
            if self.shares:
                dense = dense / dense.sum(dim=1, keepdim=True).clamp_(min=1)
            return dense @ self.word_weights
        values = counts.values
        if self.shares:
            totals = values.new_zeros(len(counts)).index_add_(0, counts.documents, values)
            values = values / totals.clamp_(min=1).index_select(0, counts.documents)
        return embedding_bag(
            counts.words,
            self.word_weights,
            counts.starts,
            mode="sum",
            per_sample_weights=values,
            include_last_offset=True,
        )


def _columns(weights: Tensor) -> nn.Parameter | None:
    return nn.Parameter(weights.contiguous().clone()) if weights.numel() else None


def _head(hidden_dim: int, num_topics: int, normalized: bool) -> nn.Module:
    linear = nn.Linear(hidden_dim, num_topics)
    if not normalized:
        return linear
    return nn.Sequential(linear, ShiftedBatchNorm(num_topics))


class ShiftedBatchNorm(nn.BatchNorm1d):
    """Batch normalisation with a learned shift and no scale, as in the ProdLDA authors' code.

    ε is theirs, too, 0.001: with torch's 0.00001, rare words, whose scores hardly vary, are
    inflated and rank first in every topic.
    """

    def __init__(self, num_features: int) -> None:
        super().__init__(num_features, eps=1e-3)
        self.weight.requires_grad_(False)
