"""The topics of calibrated shares: sharpened as far as held-out words say, then sampled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.nn.share_sampler import ShareSampler

STEPS = (0, 5, 10, 20, 40, 80, 160)
"""Numbers of EM steps that are tried, in turn."""

_AS_GOOD = 1.0025
"""Factor on the best perplexity up to which topics predict words as well.

EM makes topics less smooth, which costs perplexity where topics are many and documents few.
"""

_LEAST_CHANGE = 0.0005
"""Relative change of the perplexity at which further steps are not tried."""

_SAME = 0.7
"""Cosine of a topic with what it began as, both less the background, at least."""

_JUDGED = 1000
"""Documents, at most, whose words are held out, and as many that the prior is learned from."""

_BURN_IN, _AVERAGED = 10, 10
"""Sweeps before shares are averaged to predict held-out words, and those that are averaged."""

_FEWEST_SWEEPS, _MOST_SWEEPS = 30, 240
"""Sweeps that draw the topics; half of them before they count.

The chain forgets 2 to 3 % of a difference in sharpness in a sweep.
"""

_SWEPT_CELLS = 1_500_000_000
"""Words of documents × topics × sweeps beyond which fewer sweeps than the most are made."""

_DRAWN_ALIKE = 1.3
"""Factor on the overlap of the topics that a chain began with beyond which they may run together.

Also passed where the topics had been too sharp, which the chain makes up for: 1.8 to 2.
"""

_GROWING = 1.2
"""Factor on the overlap of the first third of the draws beyond which the last third still grows.

Planted documents of 60 tokens: 0.9 to 1.12.
"""

_ALIKE = 0.5
"""Overlap beyond which topics have become one another: .7 where 20 tokens mix all topics."""

_TOPIC_DRAWS = 10
"""Draws of the topics that the draws of the shares take in turn."""

_LARGEST_DRAWS = 16_000_000
"""Words × topics × draws beyond which there are fewer draws, at least two."""


class Sharpening(NamedTuple):
    """Topics after as many steps of EM as held-out words allow.

    Attributes
    ----------
    topic_word : (num_topics, n_words) float64
    em_steps : int
    perplexity : dict of int to float
        Of held-out words, by the number of steps tried.
    """

    topic_word: NDArray[np.float64]
    em_steps: int
    perplexity: dict[int, float]


def choose_sharpening(
    bow: csr_array,
    topics: NDArray[np.float64],
    smoothing: NDArray[np.float64],
    held_out: NDArray[np.intp],
    seed: int,
) -> Sharpening:
    """Sharpen topics by EM as is best for held-out words, if the topics stay the same.

    No steps are made if they are worse than none. EM at the modes of the shares ends at topics that
    are too sharp, by a tenth in large corpora; in small ones its smoothing makes up for it.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    topics : (num_topics, n_words) float64
        β, positive.
    smoothing : (n_words,) float64
        Tokens that are added to those of each topic.
    held_out : (n,) int
        Documents that the model was not trained on. A tenth of all if there are fewer than that.
    seed : int
    """
    from theta.nn.mixture_em import sharpened

    rng = np.random.default_rng(seed)
    n_docs = bow.shape[0]
    judged = rng.permutation(held_out)[:_JUDGED]
    if len(judged) < min(_JUDGED, n_docs // 10):
        judged = rng.permutation(n_docs)[: min(_JUDGED, max(1, n_docs // 10))]
    learning = np.setdiff1d(np.arange(n_docs), judged)
    trial = _Trial(bow[rng.permutation(learning)[:_JUDGED]], *_halves(bow[judged], rng))
    path = sharpened(bow[learning], topics, smoothing)
    best, em_steps = topics, 0
    perplexity = {0: trial.perplexity(topics)}
    for done, steps in pairwise(STEPS):
        new, _ = next(islice(path, steps - done - 1, None))
        if len(turned(new, topics, smoothing / smoothing.sum())):
            break
        perplexity[steps] = trial.perplexity(new)
        if perplexity[steps] > _AS_GOOD * min(perplexity.values()):
            break
        if not em_steps or perplexity[steps] < perplexity[em_steps]:
            best, em_steps = new, steps
        if abs(perplexity[steps] / perplexity[done] - 1) < _LEAST_CHANGE:
            break
    return Sharpening(best, em_steps, perplexity)


def turned(
    new: NDArray[np.floating[Any]],
    topics: NDArray[np.float64],
    background: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Return the topics that are no longer about the same words, however sharp: (n,).

    Where documents have one topic each, a topic that is sharpened for long can become another one,
    and words are still predicted better.

    Parameters
    ----------
    new, topics : (num_topics, n_words) float
    background : (n_words,) float64
        Frequency of each word in all documents. A sharper topic departs further from it, in the
        same direction.
    """
    after, before = new - background, topics - background
    norms = np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    return np.flatnonzero(np.einsum("kv,kv->k", after, before) < _SAME * norms)


def _halves(bow: csr_array, rng: np.random.Generator) -> tuple[csr_array, csr_array]:
    """Return the counts of a random half of the words of each document, and of the others."""
    from scipy.sparse import csr_array

    entries = np.repeat(np.arange(bow.nnz), bow.data)
    document = np.repeat(np.repeat(np.arange(bow.shape[0]), np.diff(bow.indptr)), bow.data)
    order = np.lexsort((rng.random(len(entries)), document))
    place = np.arange(len(entries)) - np.searchsorted(document, document)
    taken = np.bincount(entries[order][place % 2 == 0], minlength=bow.nnz)
    first = csr_array((taken, bow.indices, bow.indptr), shape=bow.shape)
    second = csr_array((bow.data - taken, bow.indices, bow.indptr), shape=bow.shape)
    return first, second


@dataclass(frozen=True)
class _Trial:
    """Predicts the second halves of some documents from the first, and from other documents.

    Attributes
    ----------
    others, first, second : (n, n_words) csr_array
    """

    others: csr_array
    first: csr_array
    second: csr_array

    def perplexity(self, topics: NDArray[np.float64]) -> float:
        """Return the perplexity of the second halves given topics."""
        from scipy.sparse import vstack

        from theta.nn.mixture_em import sharpened
        from theta.nn.share_sampler import ShareSampler, log_ratios

        known = vstack([self.others, self.first], format="csr")
        _, start = next(sharpened(known, topics, np.ones(topics.shape[1])))
        common_mean = np.ones((known.shape[0], 1))
        sampler = ShareSampler(known, topics, common_mean, log_ratios(start), seed=0)
        mean = np.zeros(start.shape)
        for number in range(_BURN_IN + _AVERAGED):
            sampler.sweep()
            if number >= _BURN_IN:
                mean += sampler.doc_topic / _AVERAGED
        theta = mean[self.others.shape[0] :]
        rows = np.repeat(np.arange(len(theta)), np.diff(self.second.indptr))
        chances = np.einsum("ik,ik->i", theta[rows], topics.T[self.second.indices])
        total = self.second.data @ np.log(chances)
        return float(np.exp(-total / max(1, self.second.data.sum())))


def topic_draws(
    sampler: ShareSampler, background: NDArray[np.float64], n_cells: int, seed: int
) -> NDArray[np.float32]:
    """Return draws of β from a chain of topics and shares, whose state moves on.

    The more documents, the fewer sweeps: (n_draws, num_topics, n_words).
    """
    from theta.nn.topic_sampler import TopicSampler

    n_sweeps = int(np.clip(_SWEPT_CELLS // max(1, n_cells), _FEWEST_SWEEPS, _MOST_SWEEPS))
    n_draws = int(np.clip(_LARGEST_DRAWS // sampler.by_word.numel(), 2, _TOPIC_DRAWS))
    kept = np.linspace(n_sweeps // 2, n_sweeps - 1, n_draws).astype(int)
    chain = TopicSampler(sampler, background, seed)
    drawn = (chain.sweep() for _ in range(n_sweeps))
    return np.array([topics for number, topics in enumerate(drawn) if number in kept])


def run_together(draws: NDArray[np.float32], sharp: NDArray[np.float64]) -> bool:
    """Return whether the words leave topics open, so that a chain makes them ever more alike.

    Parameters
    ----------
    draws : (n_draws, num_topics, n_words) float32
        In the order of the chain.
    sharp : (num_topics, n_words) float64
        Where it began.
    """
    third = max(1, len(draws) // 3)
    first, last = (
        np.mean([overlap_of(draw) for draw in part]) for part in (draws[:third], draws[-third:])
    )
    more = overlap_of(draws.mean(axis=0)) > _DRAWN_ALIKE * overlap_of(sharp)
    return bool(more and (last > _ALIKE or last > _GROWING * first))


def overlap_of(topic_word: NDArray[np.floating[Any]]) -> float:
    """Return the mean probability that the words of two topics share."""
    num_topics = len(topic_word)
    shared = [
        np.minimum(topic_word[k], topic_word[k + 1 :]).sum(axis=1) for k in range(num_topics - 1)
    ]
    return float(np.concatenate(shared).mean())
