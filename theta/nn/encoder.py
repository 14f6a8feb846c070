"""The encoder: from the embedding and the words of a document to its posterior over topics."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from theta.nn.inputs import Inputs

_ALIGNED = 16
"""Rows are padded to multiples of this many float32 numbers: 64 bytes."""


_APART = 1.5
"""By how much the posterior means of both topics move from that of a topic that is divided."""

_RIDGE = 0.01
"""Penalty of the regression that moves them, times the mean variance of what it reads."""


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
        mean, log_variance = self.heads(self.hidden(inputs)).chunk(2, dim=1)
        return mean, log_variance

    def hidden(self, inputs: Inputs) -> Tensor:
        """Return what the linear heads read of each document: (n_docs, hidden_dim)."""
        if inputs.features is None:
            raise ValueError("this encoder requires embeddings")
        hidden = nn.functional.normalize(inputs.features.to(self.center.dtype) - self.center)
        if inputs.lexical is not None:
            hidden = torch.cat([hidden, inputs.lexical.to(hidden.dtype)], dim=1)
        found: Tensor = self.body(hidden)
        return found

    @torch.no_grad()
    def divide(self, divided: int, topic: int, documents: Inputs, smaller: Tensor) -> None:
        """Let documents of a topic have another topic instead, the others keep it.

        Both get the posterior of the topic that is divided, but for a ridge regression of ±1.5 on
        what the heads read, which is added to one mean and taken from the other.

        Parameters
        ----------
        divided, topic : int
        documents : Inputs
            Of the topic that is divided.
        smaller : (n_docs,) bool
            Which of them get the other topic.
        """
        self.eval()
        hidden = self.hidden(documents).cpu().double()  # small, and some devices know no double
        target = torch.where(smaller, _APART, -_APART).double()
        center, middle = hidden.mean(dim=0), target.mean()
        deviations = hidden - center
        square = deviations.t() @ deviations
        ridge = _RIDGE * square.diagonal().mean()
        square.diagonal().add_(ridge)
        slope = torch.linalg.solve(square, deviations.t() @ (target - middle))
        weight, bias, n_topics = self.heads.weight, self.heads.bias, self.heads.out_features // 2
        for first in (0, n_topics):
            weight[first + topic], bias[first + topic] = (
                weight[first + divided],
                bias[first + divided],
            )
        offset = middle - center @ slope
        for row, sign in ((topic, 1), (divided, -1)):
            weight[row] += sign * slope.to(weight)
            bias[row] += sign * offset.to(bias)


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
