"""The evidence lower bound of a topic model with a logistic-normal posterior."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from theta.nn.guidance import LabelHead, SeedWordPrior
from theta.nn.inputs import Counts, Inputs


class Encoder(Protocol):
    """Maps documents to μ and log σ² of their posteriors, both (n_docs, num_topics)."""

    def __call__(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return μ and log σ²."""
        ...


class Decoder(Protocol):
    """Computes the likelihood of documents given their topic proportions."""

    num_topics: int
    weight_decay: float
    """λ of the penalty (λ / 2) Σ w² on all its parameters."""

    def __call__(self, doc_topic: Tensor, counts: Counts) -> Tensor:
        """Return log p(x|θ) of each document, (n_docs,), up to a constant."""
        ...

    def log_topic_word(self) -> Tensor:
        """Return log β: (num_topics, n_words)."""
        ...


class LossTerms(NamedTuple):
    """The loss terms of each document of a batch, (n_docs,) each, in nats.

    Attributes
    ----------
    reconstruction : Tensor
        −log p(x|θ) of the words; in training, plus the document's share of the seed word prior.
    divergence : Tensor
        KL(q(z|d) ‖ p(z)).
    label : Tensor, optional
        −log p(y|θ), 0 for a document without a label. Only in supervised training; its weight is
        `VAE.label_weight`.
    """

    reconstruction: Tensor
    divergence: Tensor
    label: Tensor | None = None

    def detach(self) -> LossTerms:
        """Return the terms detached from the autograd graph."""
        label = None if self.label is None else self.label.detach()
        return LossTerms(self.reconstruction.detach(), self.divergence.detach(), label)


class VAE(nn.Module):
    """A variational autoencoder over topics: an encoder, a prior and a decoder.

    z ~ N(0, s² I), θ = softmax(z), and −ELBO = E_q[−log p(x|θ)] + KL(q(z|d) ‖ p(z))
    (Kingma & Welling 2014, equation 3; Srivastava & Sutton 2017).

    Parameters
    ----------
    encoder : nn.Module
        An `Encoder`.
    decoder : nn.Module
        A `Decoder`.
    prior_variance : float
        s².
    label_head : LabelHead, optional
        Predicts the labels of documents from their topics.
    seed_prior : SeedWordPrior, optional
        Prior that favours the seed words of guided topics.
    """

    def __init__(
        self,
        encoder: nn.Module,
        decoder: nn.Module,
        prior_variance: float,
        label_head: LabelHead | None = None,
        seed_prior: SeedWordPrior | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.prior_variance = prior_variance
        self.label_head = label_head
        self.seed_prior = seed_prior

    @property
    def num_topics(self) -> int:
        """K, the dimension of z."""
        num_topics: int = self.decoder.num_topics  # type: ignore[assignment]
        return num_topics

    @property
    def label_weight(self) -> float:
        """λ, the weight of the label loss."""
        return 0.0 if self.label_head is None else self.label_head.strength

    def topics(self, z: Tensor) -> Tensor:
        """Return θ of z, as the decoder reads it: (n_docs, num_topics)."""
        return torch.softmax(z, dim=1)

    def reported_topics(self, z: Tensor) -> Tensor:
        """Return θ of z, as it is reported: (n_docs, num_topics)."""
        return self.topics(z)

    def forward(self, inputs: Inputs, noise: Tensor) -> LossTerms:
        """Return the loss terms of each document.

        Parameters
        ----------
        inputs : Inputs
        noise : (n_docs, num_topics)
            ε ~ N(0, I) of the reparametrisation z = μ + σ ⊙ ε.
        """
        mean, log_variance = self.encoder(inputs)
        z, divergence = sample_posterior(mean, log_variance, noise, self.prior_variance)
        doc_topic = self.topics(z)
        reconstruction = -self.decoder(doc_topic, inputs.counts)
        if self.training and self.seed_prior is not None:
            reconstruction = reconstruction + self.seed_prior(self.decoder)
        label = None
        if self.training and self.label_head is not None and inputs.labels is not None:
            label = self.label_head(doc_topic, inputs.labels)
        return LossTerms(reconstruction, divergence, label)

    def posterior(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return μ and log σ² of z of each document, both (n_docs, num_topics)."""
        mean, log_variance = self.encoder(inputs)
        return mean, log_variance

    def posterior_mean_topics(self, inputs: Inputs) -> Tensor:
        """Return θ of μ of each document, softmax(μ) in most models: (n_docs, num_topics)."""
        return self.reported_topics(self.posterior(inputs)[0])


def sample_posterior(
    mean: Tensor, log_variance: Tensor, noise: Tensor, prior_variance: float
) -> tuple[Tensor, Tensor]:
    """Return z = μ + σ ⊙ ε and KL(N(μ, diag σ²) ‖ N(0, s² I)) of each row.

    The divergence is ½ Σ_k (μ²/s² + σ²/s² − 1 − log σ² + log s²) in nats: Kingma & Welling 2014,
    appendix B, with the variance s² for 1.

    Parameters
    ----------
    mean, log_variance, noise : (n_docs, num_topics)
        μ, log σ² and ε ~ N(0, I).
    prior_variance : float
        s².

    Returns
    -------
    z : (n_docs, num_topics)
    divergence : (n_docs,)
    """
    sampled: tuple[Tensor, Tensor] = _SamplePosterior.apply(  # type: ignore[no-untyped-call]
        mean, log_variance, noise, prior_variance
    )
    return sampled


class _SamplePosterior(torch.autograd.Function):
    """`sample_posterior` with explicit gradients, for fewer operations per batch."""

    @staticmethod
    def forward(
        ctx: Any, mean: Tensor, log_variance: Tensor, noise: Tensor, prior_variance: float
    ) -> tuple[Tensor, Tensor]:
        deviation = (0.5 * log_variance).exp_()
        squares = mean.square().addcmul_(deviation, deviation).div_(prior_variance)
        divergence = squares.sub_(log_variance).sum(dim=1)
        divergence += mean.shape[1] * (math.log(prior_variance) - 1)
        ctx.save_for_backward(mean, deviation, noise)
        ctx.prior_variance = prior_variance
        return torch.addcmul(mean, deviation, noise), divergence.mul_(0.5)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad_z: Tensor, grad_divergence: Tensor) -> tuple[Tensor | None, ...]:
        mean, deviation, noise = ctx.saved_tensors
        weight = grad_divergence[:, None]
        scaled = weight / ctx.prior_variance
        grad_mean = torch.addcmul(grad_z, mean, scaled)
        # ∂/∂σ, then the chain through σ = exp(½ log σ²).
        grad_deviation = (grad_z * noise).addcmul_(deviation, scaled)
        grad_log_variance = grad_deviation.mul_(deviation).sub_(weight).mul_(0.5)
        return grad_mean, grad_log_variance, None, None


def sparse_dirichlet_variance(num_topics: int, alpha: float) -> float:
    """Return s² of the normal that approximates a symmetric Dirichlet(α) over K topics.

    The Laplace approximation in the softmax basis (MacKay 1998; Srivastava & Sutton 2017), with
    all α_k equal: 1/α (1 − 2/K) + 1/K² Σ_i 1/α = (1 − 1/K) / α, and its mean is 0.
    """
    return (1 - 1 / num_topics) / alpha
