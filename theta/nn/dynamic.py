"""The dynamic embedded topic model (Dieng, Ruiz & Blei 2019, https://arxiv.org/abs/1907.05545)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from theta.nn.decoder import EPSILON, gathered_log_likelihood
from theta.nn.document_encoder import DocumentEncoder
from theta.nn.elbo import VAE, LossTerms, sample_posterior
from theta.nn.inputs import Counts, Inputs

_STEP_VARIANCE = 0.005
"""δ, the variance of topics and prevalence between slices; the authors' value."""

UNDATED = -1.0
"""Slice of a document without a date; its prior mean is the mean over the slices."""


class GaussianRandomWalk(nn.Module):
    """A mean-field posterior over x_1 ~ N(0, I), x_t ~ N(x_{t−1}, δ I).

    Parameters
    ----------
    start : (n_slices, ...) float32
        Initial posterior means.
    """

    def __init__(self, start: Tensor) -> None:
        super().__init__()
        self.mean = nn.Parameter(start)
        self.log_variance = nn.Parameter(torch.full_like(start, math.log(_STEP_VARIANCE)))

    def forward(self) -> Tensor:
        """Return a sample, or the mean in evaluation mode: the shape of `start`."""
        if not self.training:
            return self.mean
        noise = torch.randn_like(self.mean)
        return self.mean + noise * (0.5 * self.log_variance).exp()

    def divergence(self) -> Tensor:
        """Return KL(q ‖ p) in nats.

        The expected squared step is the squared step of the means plus both variances.
        """
        variance = self.log_variance.exp()
        squares = self.mean[:1].square() + variance[:1]
        first = squares - 1 - self.log_variance[:1]
        steps = self.mean.diff(dim=0).square() + variance[1:] + variance[:-1]
        later = steps / _STEP_VARIANCE - 1 - self.log_variance[1:] + math.log(_STEP_VARIANCE)
        return 0.5 * (first.sum() + later.sum())


class DynamicDecoder(nn.Module):
    """Topics among word vectors that move: β_k^(t) = softmax(ρ α_k^(t)).

    Parameters
    ----------
    word_vectors : (n_words, dim) float32
        ρ, fixed.
    num_topics, n_slices : int
    """

    weight_decay = 0.0
    word_vectors: Tensor

    def __init__(self, word_vectors: Tensor, num_topics: int, n_slices: int) -> None:
        super().__init__()
        self.num_topics = num_topics
        self.register_buffer("word_vectors", word_vectors)
        start = nn.Linear(word_vectors.shape[1], num_topics).weight.detach()
        self.topic_vectors = GaussianRandomWalk(start.expand(n_slices, -1, -1).clone())

    def forward(self, doc_topic: Tensor, counts: Counts, slices: Tensor) -> Tensor:
        """Return Σ_v x_v log(θ_d · β_v^(t_d) + 1e-10) of each document: (n_docs,)."""
        word_topic = torch.softmax(self._scores(), dim=1)
        if counts.prefers_dense:
            return self._dense_log_likelihood(doc_topic, word_topic, counts, slices)
        n_words = len(self.word_vectors)
        flat = word_topic.reshape(-1, self.num_topics)
        rows = slices.index_select(0, counts.documents) * n_words + counts.words
        return gathered_log_likelihood(doc_topic, flat, counts, rows)

    def _dense_log_likelihood(
        self, doc_topic: Tensor, word_topic: Tensor, counts: Counts, slices: Tensor
    ) -> Tensor:
        """Return the same as `forward`, by one product over all words; see `prefers_dense`."""
        # θ of each document in the columns of its slice, zeros elsewhere.
        in_slice = _in_slice(slices, len(word_topic))
        block_doc_topic = (doc_topic[:, None, :] * in_slice[:, :, None]).flatten(1)
        probabilities = block_doc_topic @ word_topic.transpose(1, 2).flatten(0, 1)
        return (counts.dense() * torch.log(probabilities + EPSILON)).sum(dim=1)

    @torch.no_grad()
    def topic_word(self) -> Tensor:
        """Return β of each slice at the posterior mean of α: (n_slices, num_topics, n_words)."""
        return torch.softmax(self._scores(), dim=1).transpose(1, 2)

    def _scores(self) -> Tensor:
        return self.word_vectors @ self.topic_vectors().transpose(1, 2)


class DynamicVAE(VAE):
    """θ_d is logistic-normal around the prevalence η of the document's slice.

    η and α are random walks over the slices with mean-field posteriors (the authors amortise η by
    an LSTM; with one vector per slice there is little to amortise). The encoder reads relative word
    frequencies and η. The KL divergence of both walks is divided equally among the training
    documents, so that the losses of an epoch sum to the negative ELBO.

    Parameters
    ----------
    encoder : DocumentEncoder
        Its input features are η.
    decoder : DynamicDecoder
    n_slices, n_train : int
    """

    decoder: DynamicDecoder

    def __init__(
        self, encoder: DocumentEncoder, decoder: DynamicDecoder, n_slices: int, n_train: int
    ) -> None:
        super().__init__(encoder, decoder, prior_variance=1.0)
        self.n_train = n_train
        self.prevalence = GaussianRandomWalk(torch.zeros(n_slices, decoder.num_topics))

    def forward(self, inputs: Inputs, noise: Tensor) -> LossTerms:
        """Return the loss terms of each document."""
        prior_mean, slices = self._prior_mean(inputs)
        mean, log_variance = self.encoder(Inputs(inputs.counts, prior_mean))
        # KL(N(μ, σ²) ‖ N(η, 1)) = KL(N(μ − η, σ²) ‖ N(0, 1)).
        z, divergence = sample_posterior(mean - prior_mean, log_variance, noise, 1.0)
        doc_topic = self.topics(z + prior_mean)
        walks = self.prevalence.divergence() + self.decoder.topic_vectors.divergence()
        reconstruction = -self.decoder(doc_topic, inputs.counts, slices)
        return LossTerms(reconstruction, divergence + walks / self.n_train)

    def posterior(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return μ and log σ² of z of each document, both (n_docs, num_topics)."""
        prior_mean, _ = self._prior_mean(inputs)
        mean, log_variance = self.encoder(Inputs(inputs.counts, prior_mean))
        return mean, log_variance

    def _prior_mean(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        assert inputs.features is not None
        slices = inputs.features[:, 0].long()
        walk = self.prevalence()
        if inputs.counts.prefers_dense:
            dated = _in_slice(slices, len(walk)).to(walk.dtype) @ walk
        else:
            dated = walk.index_select(0, slices.clamp(min=0))
        return torch.where((slices < 0)[:, None], walk.mean(dim=0), dated), slices


def _in_slice(slices: Tensor, n_slices: int) -> Tensor:
    """Return the slice of each document, one-hot: (n_docs, n_slices) bool."""
    return slices[:, None] == torch.arange(n_slices, device=slices.device)
