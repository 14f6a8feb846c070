"""The decoder: from the topic proportions of a document to the probabilities of its words."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding_bag

from theta.nn.inputs import Counts

# Shown once per process, to users who cannot act on it.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")

_LOG2_E = math.log2(math.e)

EPSILON = 1e-10
"""Added to p(w|d), so that the loss of a word that no topic contains is finite."""


def gathered_log_likelihood(
    doc_topic: Tensor, word_topic: Tensor, counts: Counts, rows: Tensor
) -> Tensor:
    """Return Σ_v x_v log(θ_d · β_v + 1e-10) of each document, over its words only: (n_docs,).

    Parameters
    ----------
    doc_topic : (n_docs, num_topics)
        θ.
    word_topic : (n_rows, num_topics)
        βᵀ, possibly of several slices.
    counts : Counts
    rows : (n_entries,) int64
        The row of `word_topic` of each entry of `counts`.
    """
    products = doc_topic.index_select(0, counts.documents) * word_topic.index_select(0, rows)
    terms = torch.log(products.sum(dim=1) + EPSILON) * counts.values
    return terms.new_zeros(len(doc_topic)).index_add(0, counts.documents, terms)


class MixtureDecoder(nn.Module):
    """Topics as deviations from the background, documents as mixtures of topics.

    β_k = softmax(m + B_k) (SAGE: Eisenstein, Ahmed & Xing 2011; SCHOLAR: Card, Tan & Smith 2018)
    and p(w|d) = Σ_k θ_dk β_kw (Blei, Ng & Jordan 2003, section 3.2).

    Parameters
    ----------
    log_background : (n_words,) float32
        m, the log frequency of each word; fixed.
    deviations : (num_topics, n_words) float32
        Initial B.
    weight_decay : float
        λ of the penalty (λ / 2) Σ B².
    """

    log_background: Tensor

    def __init__(self, log_background: Tensor, deviations: Tensor, weight_decay: float) -> None:
        super().__init__()
        self.register_buffer("log_background", log_background)
        # Words × topics: the topics of a word are contiguous, as the gather reads them.
        self.deviations = nn.Parameter(deviations.t().contiguous())
        self.weight_decay = weight_decay

    @property
    def num_topics(self) -> int:
        """K."""
        return self.deviations.shape[1]

    def forward(self, doc_topic: Tensor, counts: Counts) -> Tensor:
        """Return Σ_v x_v log(θ_d · β_v + 1e-10) of each document: (n_docs,)."""
        if counts.prefers_dense:
            return self.dense_log_likelihood(doc_topic, counts)
        arguments = (self.log_background, counts.words, counts.documents, counts.starts)
        likelihood: Tensor = _GatheredLogLikelihood.apply(  # type: ignore[no-untyped-call]
            doc_topic, self.deviations, *arguments, counts.values
        )
        return likelihood

    def dense_log_likelihood(self, doc_topic: Tensor, counts: Counts) -> Tensor:
        """Return the same as `forward`, computed over the whole vocabulary.

        See `Counts.prefers_dense`.
        """
        topic_word = torch.softmax(self.deviations + self.log_background[:, None], dim=0)
        probabilities = doc_topic @ topic_word.t()
        return (counts.dense() * torch.log(probabilities + EPSILON)).sum(dim=1)

    @torch.no_grad()
    def log_topic_word(self) -> Tensor:
        """Return log β: (num_topics, n_words)."""
        return torch.log_softmax(self.deviations + self.log_background[:, None], dim=0).t()


class _GatheredLogLikelihood(torch.autograd.Function):
    """Σ_v x_v log(θ_d · β_v) over the words of each document, with explicit gradients.

    With w = exp(m + B) and s_k = Σ_v w_vk, p_n = Σ_k θ_dk w_vk / s_k at each entry n = (d, v), and
    with g_n = x_n / p_n

        ∂/∂θ_dk = Σ_{n in d} g_n w_vk / s_k
        ∂/∂B_vk = w_vk / s_k (Σ_{n of v} g_n θ_dk − Σ_d θ_dk ∂/∂θ_dk)

    so the only arrays of size words × topics are w and the gradient.
    """

    @staticmethod
    def forward(
        ctx: Any,
        doc_topic: Tensor,
        deviations: Tensor,
        log_background: Tensor,
        words: Tensor,
        documents: Tensor,
        starts: Tensor,
        values: Tensor,
    ) -> Tensor:
        # exp(m + B) as a power of two, twice as fast on a CPU. It overflows if a deviation exceeds
        # 88; the loss is then infinite, and training reports it.
        weights = torch.add(log_background[:, None] * _LOG2_E, deviations, alpha=_LOG2_E).exp2_()
        totals = weights.sum(dim=0)
        shares = doc_topic / totals
        probabilities = _products_at(shares, weights, words, starts).add_(EPSILON)
        ctx.save_for_backward(
            shares, weights, totals, probabilities, words, documents, starts, values
        )
        likelihood = doc_topic.new_zeros(len(doc_topic))
        return likelihood.index_add_(0, documents, probabilities.log().mul_(values))

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        shares, weights, totals, probabilities, words, documents, starts, values = ctx.saved_tensors
        entry_grad = grad.index_select(0, documents).mul_(values).div_(probabilities)
        grad_doc_topic = embedding_bag(
            words,
            weights,
            starts,
            mode="sum",
            per_sample_weights=entry_grad,
            include_last_offset=True,
        ).div_(totals)
        expected = (shares * grad_doc_topic).sum(dim=0)
        grad_weights = expected.neg_().expand(weights.shape).contiguous()
        share_grad = shares.index_select(0, documents).mul_(entry_grad[:, None])
        grad_deviations = grad_weights.index_add_(0, words, share_grad).mul_(weights)
        return grad_doc_topic, grad_deviations, None, None, None, None, None


def _products_at(left: Tensor, right: Tensor, words: Tensor, starts: Tensor) -> Tensor:
    """Return left[d] · right[v] at each entry (d, v) of compressed rows: (n_entries,)."""
    zeros = left.new_zeros(len(words))
    size = (len(left), len(right))
    entries = torch.sparse_csr_tensor(starts, words, zeros, size, check_invariants=False)
    return torch.sparse.sampled_addmm(entries, left, right.t()).values()
