"""Topic shares re-estimated from the words of all documents, with a prior that is learned.

The shares of a model are made for reading: a neural model with a fixed, sparse prior overstates how
much the documents differ, and a prior without covariates understates how much groups differ. Here
the topics are sharpened, as far as that helps to predict held-out words, and the shares follow a
logistic-normal distribution whose mean depends on covariates and whose covariance is learned, as in
the structural topic model (Roberts, Stewart & Airoldi 2016). They are sampled from their posterior
rather than approximated: the Laplace approximation shrinks the shares of short documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_SHARPENING = (0, 5, 10, 20, 40, 80, 160)
"""Numbers of EM steps that are compared, until held-out words are predicted worse."""

_BACKGROUND = 50.0
"""Words of the whole corpus that are added to each topic while it is sharpened."""

_BURN_IN, _TOPIC_SWEEPS = 25, 30
"""Sweeps before the chain counts, and those that estimate the topics again."""

_THIN = 3
"""Sweeps from one draw to the next."""

_JUDGED = 1000
"""Documents, at most, whose words are held out, and as many that the prior is learned from."""

_SPREAD = 10
"""Sweeps whose shares are averaged to predict held-out words."""


@dataclass(frozen=True)
class CalibratedPosterior:
    """The posterior of θ under a learned logistic-normal prior, given calibrated topics.

    Attributes
    ----------
    start : Start
    x : (n_docs, n_columns) float64
        Design matrix of the prior means, orthogonal.
    eta : (n_docs, num_topics - 1) float32
        The state of the chain after its burn-in.
    perplexity : mapping of int to float
        Of held-out words, by the number of EM steps tried.
    """

    start: Start
    x: NDArray[np.float64]
    eta: NDArray[np.float32]
    perplexity: Mapping[int, float]
    kind = "the posterior of calibrated shares (logistic-normal prior learned from the documents)"

    @property
    def em_steps(self) -> int:
        """The number of EM steps taken; 0 leaves the topics as they are."""
        return self.start.em_steps

    @property
    def topic_word(self) -> NDArray[np.float64]:
        """The topics after calibration: (num_topics, n_words)."""
        return self.start.topic_word

    @property
    def mean_shares(self) -> NDArray[np.float64]:
        """Mean of θ over the documents, in a draw: (num_topics,)."""
        from theta.nn.share_sampler import doc_topic_of

        mean: NDArray[np.float64] = doc_topic_of(self.eta).mean(axis=0, dtype=np.float64)
        return mean

    def draws(self, n_draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
        """Yield draws of θ."""
        from theta.nn.share_sampler import ShareSampler

        sampler = ShareSampler(self.start.bow, self.topic_word, self.x, self.eta, seed)
        for _ in range(n_draws):
            for _ in range(_THIN):
                sampler.sweep()
            yield sampler.doc_topic


@dataclass(frozen=True)
class Start:
    """Topics, and shares to start from, that have not seen the covariates.

    If they had, topics that the words leave open would turn towards the covariates, and covariates
    without an effect would get one.

    Attributes
    ----------
    bow : (n_docs, n_words) csr_array
    topic_word : (num_topics, n_words) float64
        β, positive.
    eta : (n_docs, num_topics - 1) float32
    em_steps : int
    """

    bow: csr_array
    topic_word: NDArray[np.float64]
    eta: NDArray[np.float32]
    em_steps: int

    @classmethod
    def after(
        cls, em_steps: int, bow: csr_array, topic_word: NDArray[np.floating[Any]], seed: int
    ) -> Start:
        """Return the topics after some steps of EM; as they are after none.

        The steps find the mode of the shares of each document, which sharpens the topics a little
        too much. Sweeps under a learned prior with a common mean make up for it.
        """
        from theta.nn.share_sampler import ShareSampler, log_ratios, sharpened

        background = _background(bow)
        topics = _positive(topic_word, background)
        path = sharpened(bow, topics, _BACKGROUND * background)
        sharp, doc_topic = next(islice(path, max(0, em_steps - 1), None))
        eta = log_ratios(doc_topic)
        if not em_steps:
            return cls(bow, topics, eta, em_steps)
        sampler = ShareSampler(bow, sharp, _common_mean(bow.shape[0]), eta, seed)
        for _ in range(_BURN_IN):
            sampler.sweep()
        mean = np.zeros_like(topics)
        for number in range(_TOPIC_SWEEPS):
            # The first half moves, the second half averages (stochastic approximation EM).
            weight = 1 / max(1, number - _TOPIC_SWEEPS // 2 + 1)
            mean += weight * (sampler.word_counts() - mean)
            topics = mean + background
            topics /= topics.sum(axis=1, keepdims=True)
            sampler.set_topics(topics)
            sampler.sweep()
        return cls(bow, topics, sampler.eta.numpy(), em_steps)

    def calibrated(
        self, x: NDArray[np.float64] | None, seed: int, perplexity: Mapping[int, float]
    ) -> CalibratedPosterior:
        """Return the posterior of the shares; parameters as in `calibrate`."""
        from theta.nn.share_sampler import ShareSampler

        n_docs = self.bow.shape[0]
        # An orthogonal basis makes the ridge penalty of the prior independent of units.
        design = _common_mean(n_docs) if x is None else np.linalg.qr(x)[0] * np.sqrt(n_docs)
        sampler = ShareSampler(self.bow, self.topic_word, design, self.eta, seed)
        for _ in range(_BURN_IN):
            sampler.sweep()
        return CalibratedPosterior(self, design, sampler.eta.numpy(), perplexity)


def calibrate(
    bow: csr_array,
    topic_word: NDArray[np.floating[Any]],
    x: NDArray[np.float64] | None,
    held_out: NDArray[np.intp],
    seed: int,
) -> CalibratedPosterior:
    """Return the posterior of the shares of documents under a prior learned from them.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    topic_word : (num_topics, n_words) float
        β of any model.
    x : (n_docs, n_columns) float64, optional
        Design matrix of the prior means, of full rank, the intercept first; a common mean by
        default.
    held_out : (n,) int
        Documents that the model was not trained on. A tenth of all if there are fewer than that.
    seed : int
    """
    rng = np.random.default_rng(seed)
    n_docs = bow.shape[0]
    judged = rng.permutation(held_out)[:_JUDGED]
    if len(judged) < min(_JUDGED, n_docs // 10):
        judged = rng.permutation(n_docs)[: min(_JUDGED, max(1, n_docs // 10))]
    em_steps, perplexity = _choose_steps(bow, topic_word, judged, rng)
    return Start.after(em_steps, bow, topic_word, seed).calibrated(x, seed, perplexity)


def _common_mean(n_docs: int) -> NDArray[np.float64]:
    """Return the design matrix of a prior mean that all documents share."""
    return np.ones((n_docs, 1))


def _background(bow: csr_array) -> NDArray[np.float64]:
    """Return the frequency of each word in all documents."""
    totals = np.asarray(bow.sum(axis=0), dtype=np.float64).ravel() + 1
    frequencies: NDArray[np.float64] = totals / totals.sum()
    return frequencies


def _positive(
    topic_word: NDArray[np.floating[Any]], background: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return β without zeros, so that no document is impossible."""
    return 0.999 * np.asarray(topic_word, np.float64) + 0.001 * background


def _choose_steps(
    bow: csr_array,
    topic_word: NDArray[np.floating[Any]],
    judged: NDArray[np.intp],
    rng: np.random.Generator,
) -> tuple[int, dict[int, float]]:
    """Return the number of EM steps that predicts held-out words best, and all perplexities."""
    from theta.nn.share_sampler import sharpened

    background = _background(bow)
    topics = _positive(topic_word, background)
    learning = np.setdiff1d(np.arange(bow.shape[0]), judged)
    beside = rng.permutation(learning)[:_JUDGED]
    first, second = _halves(bow[judged], rng)
    trial = _Trial(bow[beside], first, second)
    path = sharpened(bow[learning], topics, _BACKGROUND * background)
    perplexity = {0: trial.perplexity(topics)}
    for done, steps in pairwise(_SHARPENING):
        new, _ = next(islice(path, steps - done - 1, None))
        perplexity[steps] = trial.perplexity(new)
        if perplexity[steps] > min(perplexity.values()):
            break
    return min(perplexity, key=lambda steps: perplexity[steps]), perplexity


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

        from theta.nn.share_sampler import ShareSampler, log_ratios, sharpened

        known = vstack([self.others, self.first], format="csr")
        _, start = next(sharpened(known, topics, np.ones(topics.shape[1])))
        x = _common_mean(known.shape[0])
        sampler = ShareSampler(known, topics, x, log_ratios(start), seed=0)
        mean = np.zeros(start.shape)
        for number in range(_BURN_IN + _SPREAD):
            sampler.sweep()
            if number >= _BURN_IN:
                mean += sampler.doc_topic / _SPREAD
        theta = mean[self.others.shape[0] :]
        rows = np.repeat(np.arange(len(theta)), np.diff(self.second.indptr))
        chances = np.einsum("ik,ik->i", theta[rows], topics.T[self.second.indices])
        total = self.second.data @ np.log(chances)
        return float(np.exp(-total / max(1, self.second.data.sum())))
