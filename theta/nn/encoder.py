"""The encoder: from the embedding and the words of a document to its posterior over topics."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from theta.nn.inputs import Inputs

_ALIGNED = 16
"""Rows are padded to multiples of this many float32 numbers: 64 bytes."""


class EmbeddingEncoder(nn.Module):
    """Amortised posterior N(μ, diag σ²) of a document, given its embedding and its words.

    `num_layers` blocks of linear layer, batch normalisation, ReLU and dropout on [e′, l], then one
    linear head for μ and one for log σ² (Kingma & Welling 2014, appendix C.2). e′ is e − ē scaled
    to length 1; l is a low-dimensional projection of the counts.

    Parameters
    ----------
    center : (dim,) float32
        ē, the mean embedding of the training documents.
    n_lexical : int
        Dimension of l; 0 if the encoder reads the embedding only.
    num_topics, hidden_dim, num_layers : int
    dropout : float
    """

    center: Tensor

    def __init__(
        self,
        center: Tensor,
        n_lexical: int,
        num_topics: int,
        hidden_dim: int,
        num_layers: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.register_buffer("center", center)
        self.body = perceptron(len(center) + n_lexical, hidden_dim, num_layers, dropout)
        self.heads = Linear(hidden_dim, 2 * num_topics)

    def forward(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return μ and log σ² of each document, both (n_docs, num_topics)."""
        if inputs.features is None:
            raise ValueError("this encoder requires embeddings")
        hidden = nn.functional.normalize(inputs.features.to(self.center.dtype) - self.center)
        if inputs.lexical is not None:
            hidden = torch.cat([hidden, inputs.lexical.to(hidden.dtype)], dim=1)
        mean, log_variance = self.heads(self.body(hidden)).chunk(2, dim=1)
        return mean, log_variance


class InferenceEncoder:
    """A faster equivalent of a trained `EmbeddingEncoder`.

    Each batch normalisation is folded into the linear layer before it, W′ = W γ / √(v + ε), and
    only μ is computed. Rows are padded to multiples of 64 bytes once; see `Linear`.

    Parameters
    ----------
    encoder : EmbeddingEncoder
        In evaluation mode; its weights are copied.
    """

    def __init__(self, encoder: EmbeddingEncoder) -> None:
        self.center = encoder.center
        body = list(encoder.body)
        linears = [layer for layer in body if isinstance(layer, nn.Linear)]
        norms = [layer for layer in body if isinstance(layer, nn.BatchNorm1d)]
        self.layers = [_folded(*pair) for pair in zip(linears, norms, strict=True)]
        half = encoder.heads.out_features // 2
        weight, bias = encoder.heads.weight[:half], encoder.heads.bias[:half]
        self.layers.append((_aligned(weight), bias))

    def mean(self, inputs: Inputs) -> Tensor:
        """Return μ of each document: (n_docs, num_topics)."""
        if inputs.features is None:
            raise ValueError("this encoder requires embeddings")
        centred = inputs.features.to(self.center.dtype) - self.center
        n_features = centred.shape[1]
        hidden = centred.new_zeros(len(centred), self.layers[0][0].shape[1])
        nn.functional.normalize(centred, out=hidden[:, :n_features])
        if inputs.lexical is not None:
            hidden[:, n_features : n_features + inputs.lexical.shape[1]] = inputs.lexical
        for weight, bias in self.layers[:-1]:
            hidden = nn.functional.linear(hidden, weight, bias).relu_()
            surplus = -hidden.shape[1] % _ALIGNED
            hidden = nn.functional.pad(hidden, (0, surplus)) if surplus else hidden
        return nn.functional.linear(hidden, *self.layers[-1])


def _folded(linear: nn.Linear, norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Return the padded weight and the bias of both layers in evaluation mode."""
    assert norm.running_var is not None
    assert norm.running_mean is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    weight = linear.weight.double() * scale[:, None]
    bias = (linear.bias.double() - norm.running_mean.double()) * scale + norm.bias.double()
    return _aligned(weight.to(linear.weight.dtype)), bias.to(linear.weight.dtype)


def _aligned(weight: Tensor) -> Tensor:
    return nn.functional.pad(weight, (0, -weight.shape[1] % _ALIGNED)).contiguous()


def perceptron(n_inputs: int, hidden_dim: int, num_layers: int, dropout: float) -> nn.Sequential:
    """Return `num_layers` blocks of linear layer, batch normalisation, ReLU and dropout."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for layer in range(num_layers):
        layers[f"linear{layer}"] = Linear(n_inputs if layer == 0 else hidden_dim, hidden_dim)
        layers[f"norm{layer}"] = nn.BatchNorm1d(hidden_dim)
        layers[f"relu{layer}"] = nn.ReLU(inplace=True)
        layers[f"dropout{layer}"] = Dropout(dropout)
    return nn.Sequential(layers)


class Linear(nn.Linear):
    """A linear layer whose result for a row does not depend on its position, in evaluation mode.

    If rows do not begin at multiples of 16 bytes, the kernel that a BLAS chooses for a row, and so
    the order of its additions, may depend on the address of the row.
    """

    def forward(self, inputs: Tensor) -> Tensor:
        """Return inputs · Wᵀ + b."""
        surplus = -self.in_features % _ALIGNED
        if self.training or surplus == 0:
            return super().forward(inputs)
        pad = nn.functional.pad
        return nn.functional.linear(
            pad(inputs, (0, surplus)), pad(self.weight, (0, surplus)), self.bias
        )


class Dropout(nn.Module):
    """Dropout with 16 random bits per unit: on a CPU the generator costs more than the product.

    torch draws 32 bits per unit. The rate is exact to 1/65536.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, hidden: Tensor) -> Tensor:
        """Zero a share `rate` of the units and scale up the others, in training only."""
        if not self.training or self.rate == 0:
            return hidden
        if hidden.is_cuda:
            return nn.functional.dropout(hidden, self.rate)
        words = torch.empty((hidden.numel() + 3) // 4, dtype=torch.int64)
        bits = words.random_(-(2**63), None).view(torch.int16)[: hidden.numel()]
        kept = bits.view(hidden.shape) >= round(self.rate * 65536) - 32768
        return hidden * kept.to(hidden.dtype).mul_(1 / (1 - self.rate))
