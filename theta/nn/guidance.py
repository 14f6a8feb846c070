"""Guidance by the user: labels of documents and seed words of topics."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from theta.contracts import UNLABELLED
from theta.nn.decoder import MixtureDecoder


class LabelHead(nn.Module):
    """Predicts the label of a document from its topics: p(y|d) = softmax(W θ_d + b).

    Labels are generated from θ as words are (supervised LDA: Blei & McAuliffe 2007, section 2.1),
    with a separate weight λ, since hundreds of words would outweigh one label.

    Parameters
    ----------
    weight : (n_labels, num_topics) float32
        Initial W.
    bias : (n_labels,) float32
        Initial b.
    strength : float
        λ, by which `theta.nn.fit.step` multiplies the loss.
    """

    def __init__(self, weight: Tensor, bias: Tensor, strength: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias)
        self.strength = strength

    def forward(self, doc_topic: Tensor, labels: Tensor) -> Tensor:
        """Return −log p(y|d) of each document, 0 for one without a label: (n_docs,)."""
        scores = nn.functional.linear(doc_topic, self.weight, self.bias)
        return cross_entropy(scores, labels, ignore_index=UNLABELLED, reduction="none")


class SeedWordPrior(nn.Module):
    """A prior for seed words: pseudo-counts in their topics.

    With c pseudo-counts of each seed word v ∈ S_k, the log posterior of the topics gains
    Σ_k Σ_{v ∈ S_k} c log β_kv: a Dirichlet prior with extra counts on the seed words, as in
    guided topic models (Jagarlamudi, Daumé & Udupa 2012). Topics without seed words are not
    affected.

    Parameters
    ----------
    words : sequence of sequences of int
        S_k of topics 0, 1, ..., each with at least one word; later topics are free.
    count : float
        c.
    n_train : int
        Number of training documents, among which the prior is divided equally.
    """

    positions: Tensor

    def __init__(self, words: Sequence[Sequence[int]], count: float, n_train: int) -> None:
        super().__init__()
        positions = [(v, k) for k, seeds in enumerate(words) for v in seeds]
        # Not saved: every training sets them, and inference does not need them.
        self.register_buffer(
            "positions", torch.tensor(positions).t().contiguous(), persistent=False
        )
        self.weight = count / n_train
        self.n_guided = len(words)

    def forward(self, decoder: MixtureDecoder) -> Tensor:
        """Return −(1/N) Σ_k Σ_{v ∈ S_k} c log β_kv, the share of one document."""
        scores = decoder.deviations[:, : self.n_guided] + decoder.log_background[:, None]
        log_topic_word = torch.log_softmax(scores, dim=0)
        words, topics = self.positions
        return -self.weight * log_topic_word[words, topics].sum()
