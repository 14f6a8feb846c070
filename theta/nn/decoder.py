"""The generative side: from a document's topic proportions to the words it is likely to hold."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding_bag

if TYPE_CHECKING:
    from theta.nn.inputs import Counts

# Said once a process, to people who can do nothing about it.
warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")

_LOG2_E = math.log2(math.e)

_TINY = 1e-10
"""Added to p(w|d), so that a word which no topic knows costs much but not infinitely much."""


class MixtureDecoder(nn.Module):
    """Topics as deviations from the background, documents as mixtures of topics.

    β_k = softmax(m + B_k) (SAGE: Eisenstein, Ahmed & Xing 2011; SCHOLAR: Card, Tan & Smith 2018)
    and p(w|d) = Σ_k θ_dk β_kw (Blei, Ng & Jordan 2003, section 3.2).

    Parameters
    ----------
    log_background : (n_words,) float32
        m, the log frequency of each word; fixed.
    deviations : (num_topics, n_words) float32
        Where B starts.
    weight_decay : float
        λ of the penalty (λ / 2) Σ B².
    """

    log_background: Tensor

    def __init__(self, log_background: Tensor, deviations: Tensor, weight_decay: float) -> None:
        super().__init__()
        self.register_buffer("log_background", log_background)
        # Words × topics: the topics of one word lie side by side, as the gather reads them.
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
        """Return what `forward` does, computed over all words of the vocabulary.

        See `Counts.prefers_dense`.
        """
        topic_word = torch.softmax(self.deviations + self.log_background[:, None], dim=0)
        chances = doc_topic @ topic_word.t()
        return (counts.dense() * torch.log(chances + _TINY)).sum(dim=1)

    @torch.no_grad()
    def log_topic_word(self) -> Tensor:
        """Return log β: (num_topics, n_words)."""
        return torch.log_softmax(self.deviations + self.log_background[:, None], dim=0).t()


class _GatheredLogLikelihood(torch.autograd.Function):
    """Σ_v x_v log(θ_d · β_v) from the words that a document holds, gradients by hand.

    With w = exp(m + B) and s_k = Σ_v w_vk, p_n = Σ_k θ_dk w_vk / s_k at each entry n = (d, v), and
    with g_n = x_n / p_n

        ∂/∂θ_dk = Σ_{n in d} g_n w_vk / s_k
        ∂/∂B_vk = w_vk / s_k (Σ_{n of v} g_n θ_dk − Σ_d θ_dk ∂/∂θ_dk)

    so nothing of size words × topics is formed but w and the gradient itself.
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
        # exp(m + B), which costs twice as much as a power of two on a CPU. It overflows where a
        # deviation exceeds 88; the loss is then infinite, and training says so.
        weights = torch.add(log_background[:, None] * _LOG2_E, deviations, alpha=_LOG2_E).exp2_()
        totals = weights.sum(dim=0)
        shares = doc_topic / totals
        chances = _products_at(shares, weights, words, starts).add_(_TINY)
        ctx.save_for_backward(shares, weights, totals, chances, words, documents, starts, values)
        likelihood = doc_topic.new_zeros(len(doc_topic))
        return likelihood.index_add_(0, documents, chances.log().mul_(values))

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        shares, weights, totals, chances, words, documents, starts, values = ctx.saved_tensors
        gain = grad.index_select(0, documents).mul_(values).div_(chances)
        grad_doc_topic = embedding_bag(
            words,
            weights,
            starts,
            mode="sum",
            per_sample_weights=gain,
            include_last_offset=True,
        ).div_(totals)
        expected = (shares * grad_doc_topic).sum(dim=0)
        grad_weights = expected.neg_().expand(weights.shape).contiguous()
        taken = shares.index_select(0, documents).mul_(gain[:, None])
        grad_deviations = grad_weights.index_add_(0, words, taken).mul_(weights)
        return grad_doc_topic, grad_deviations, None, None, None, None, None


def _products_at(left: Tensor, right: Tensor, words: Tensor, starts: Tensor) -> Tensor:
    """Return left[d] · right[v] at each entry (d, v) of compressed rows: (n_entries,)."""
    zeros = left.new_zeros(len(words))
    size = (len(left), len(right))
    entries = torch.sparse_csr_tensor(starts, words, zeros, size, check_invariants=False)
    return torch.sparse.sampled_addmm(entries, left, right.t()).values()
