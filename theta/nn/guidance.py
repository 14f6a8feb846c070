"""What people can tell a topic model beforehand: labels of documents, words of topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from theta.contracts import UNLABELLED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from theta.nn.decoder import MixtureDecoder


class LabelHead(nn.Module):
    """A document's label, drawn from its topics: p(y|d) = softmax(W θ_d + b).

    Labels are generated from θ as words are (supervised LDA: Blei & McAuliffe 2007, section 2.1),
    with a weight λ of their own, since one label would be drowned by hundreds of words.

    Parameters
    ----------
    weight : (n_labels, num_topics) float32
        Where W starts.
    bias : (n_labels,) float32
        Where b starts.
    strength : float
        λ, which `theta.nn.fit.step` multiplies the loss by.
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
    """Words that a topic is said to hold, as words counted beforehand.

    With c pseudo-counts of each seed word v ∈ S_k, the log posterior of the topics gains
    Σ_k Σ_{v ∈ S_k} c log β_kv: a Dirichlet prior whose extra counts lie on the seed words, the
    prior of guided topic models (Jagarlamudi, Daumé & Udupa 2012). Topics without seed words are
    left alone.

    Parameters
    ----------
    words : sequence of sequences of int
        S_k of the topics 0, 1, ..., each with one word or more; later topics are free.
    count : float
        c.
    n_train : int
        Number of training documents, each of which bears its share of the prior.
    """

    places: Tensor

    def __init__(self, words: Sequence[Sequence[int]], count: float, n_train: int) -> None:
        super().__init__()
        places = [(v, k) for k, seeds in enumerate(words) for v in seeds]
        # They are told anew with every training, and inference needs none of them.
        self.register_buffer("places", torch.tensor(places).t().contiguous(), persistent=False)
        self.weight = count / n_train
        self.n_guided = len(words)

    def forward(self, decoder: MixtureDecoder) -> Tensor:
        """Return −(1/N) Σ_k Σ_{v ∈ S_k} c log β_kv, a document's share of it."""
        scores = decoder.deviations[:, : self.n_guided] + decoder.log_background[:, None]
        log_topic_word = torch.log_softmax(scores, dim=0)
        words, topics = self.places
        return -self.weight * log_topic_word[words, topics].sum()
