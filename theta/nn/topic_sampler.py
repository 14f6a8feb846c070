"""Sampling of topics from their posterior, given the topic shares of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from theta.nn.share_sampler import shares_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.nn.share_sampler import ShareSampler
    from theta.nn.word_batches import Batch

_WEIGHT_STEPS = 5
"""Fixed-point steps of the weight of the prior, from that of the sweep before."""

_FIRST_WEIGHT = 50.0
_LEAST = 1e-12
"""Smallest probability of a word: a draw of the gamma distribution can be 0."""


class TopicSampler:
    """A Markov chain of topics and shares: β_k ~ Dirichlet(w × word frequencies), given words.

    The weight w of the prior, in tokens, is estimated from the words of the topics (empirical
    Bayes, by the fixed point of Minka 2000, "Estimating a Dirichlet distribution"). A small fixed
    one makes topics too sharp, so that shares differ too little.

    Parameters
    ----------
    sampler : ShareSampler
        The chain of the shares, whose topics are replaced by each draw.
    background : (n_words,) float64
        Frequency of each word in all documents.
    seed : int
    """

    def __init__(self, sampler: ShareSampler, background: NDArray[np.float64], seed: int):
        self._sampler, self._background = sampler, background
        self._weight = _FIRST_WEIGHT
        self._random = torch.Generator().manual_seed(seed)
        self._rng = np.random.default_rng(seed)

    def sweep(self) -> NDArray[np.float32]:
        """Draw the topics given the shares, then the shares given them; return the topics."""
        counts = self._drawn_counts()
        self._weight = prior_weight(counts, self._background, self._weight)
        drawn = self._rng.standard_gamma(counts + self._weight * self._background) + _LEAST
        topics = (drawn / drawn.sum(axis=1, keepdims=True)).astype(np.float32)
        self._sampler.set_topics(topics)
        self._sampler.sweep()
        return topics

    @torch.no_grad()
    def _drawn_counts(self) -> NDArray[np.float64]:
        """Draw the topic of each token; return the tokens of each: (num_topics, n_words)."""
        by_word, theta = self._sampler.by_word, shares_of(self._sampler.eta)
        n_words, num_topics = by_word.shape
        counts = torch.zeros(n_words * num_topics, dtype=torch.int64)
        for batch in self._sampler.batches:
            cells = self._drawn_cells(batch, by_word, theta[batch.rows])
            counts.index_add_(0, cells, torch.ones_like(cells))
        return counts.view(n_words, num_topics).numpy().T.astype(np.float64)

    def _drawn_cells(self, batch: Batch, by_word: Tensor, theta: Tensor) -> Tensor:
        """Return word × num_topics + topic of each token of a batch."""
        filled = batch.counts > 0
        words, tokens = batch.words[filled], batch.counts[filled].long()
        document = torch.arange(len(filled)).repeat_interleave(filled.sum(dim=1))
        heights = by_word.index_select(0, words).mul_(theta.index_select(0, document)).cumsum(dim=1)
        entry = torch.arange(len(words)).repeat_interleave(tokens)
        heights, words = heights.index_select(0, entry), words.index_select(0, entry)
        at = torch.rand(len(entry), 1, generator=self._random) * heights[:, -1:]
        topic = torch.searchsorted(heights, at)[:, 0].clamp_(max=by_word.shape[1] - 1)
        return words * by_word.shape[1] + topic


def prior_weight(
    counts: NDArray[np.float64], background: NDArray[np.float64], weight: float
) -> float:
    """Return the weight w at which Dirichlet(w × background) makes words of topics likely.

    Parameters
    ----------
    counts : (num_topics, n_words) float64
    background : (n_words,) float64
    weight : float
        Where the fixed-point steps start.
    """
    from scipy.special import digamma

    tokens = counts.sum(axis=1)
    topics, words = np.nonzero(counts)
    found, own = counts[topics, words], background[words]
    for _ in range(_WEIGHT_STEPS):
        gain = own @ (digamma(found + weight * own) - digamma(weight * own))
        loss = (digamma(tokens + weight) - digamma(weight)).sum()
        weight *= gain / loss
    return float(weight)
