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
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.models.calibration_steps import (
    choose_sharpening,
    overlap_of,
    run_together,
    topic_draws,
    turned,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from theta.nn.share_sampler import ShareSampler

_BACKGROUND = 50.0
"""Words of the whole corpus that are added to each topic while it is sharpened."""

_BURN_IN = 6
"""Sweeps before the chain counts.

With these, draws of 5 topics vary as much as those of a long chain, draws of 30 topics .93 as much;
.97 after 15 sweeps and with two from draw to draw.
"""

_MORE_ALIKE = 1.2
"""Factor on the overlap of topics beyond which steps of EM did not sharpen but blurred them."""

_WIDENED = 2.5
"""Factor on the overlap of topics beyond which a chain, without a step of EM, blurred them.

Up to 2 where they were too sharp, as those of a structural topic model in 300 documents are; 3.5
where documents mix topics of no common word in three fixed ways.
"""

_VERSION = 6
"""Of the arrays of `Start`; to be raised when they are estimated differently."""


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
    """

    start: Start
    x: NDArray[np.float64]
    eta: NDArray[np.float32]
    kind = "the posterior of calibrated shares (logistic-normal prior learned from the documents)"

    def draws(self, n_draws: int, seed: int) -> Iterator[NDArray[np.float32]]:
        """Yield draws of θ, each given one of the draws of the topics."""
        sampler = self.start.sampler(self.x, self.eta, seed)
        topics = self.start.topic_draws
        for number in range(n_draws):
            if len(topics):
                sampler.set_topics(topics[number % len(topics)])
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
    topic_word : (num_topics, n_words) float32
        β, positive.
    topic_draws : (n_draws, num_topics, n_words) float32
        Draws of β from its posterior, of which β is the mean; none if the topics count as known.
    eta : (n_docs, num_topics - 1) float32
        A state of the chain under a prior with a common mean.
    em_steps : int
        Steps of EM that sharpened the topics; 0 leaves them as they are.
    perplexity : mapping of int to float
        Of held-out words, by the number of steps tried.
    blurred : bool
        Whether sharpened or drawn topics were given up because they overlapped more than before.
    undetermined : bool
        Whether draws of the topics were given up because they became ever more alike.
    turned : tuple of int
        The topics for which they were given up because these turned into others.
    """

    bow: csr_array
    topic_word: NDArray[np.float32]
    topic_draws: NDArray[np.float32]
    eta: NDArray[np.float32]
    em_steps: int
    perplexity: Mapping[int, float] = field(default_factory=dict)
    blurred: bool = False
    undetermined: bool = False
    turned: tuple[int, ...] = ()

    @classmethod
    def chosen(
        cls,
        bow: csr_array,
        topic_word: NDArray[np.floating[Any]],
        held_out: NDArray[np.intp],
        seed: int,
    ) -> Start:
        """Return topics that are sharpened as far as held-out words say; see `calibrate`.

        Topics that overlap more than before are not sharper: where documents mix topics in a few
        fixed ways, each of the mixtures passes for a topic. The topics then stay as they are.
        """
        background = _background(bow)
        topics = _positive(topic_word, background)
        sharp, em_steps, perplexity = choose_sharpening(
            bow, topics, _BACKGROUND * background, held_out, seed
        )
        found = cls._settled(bow, topics, sharp, em_steps, seed)
        blurred = em_steps > 0 and overlap_of(found.topic_word) > _MORE_ALIKE * overlap_of(topics)
        if blurred:
            found = cls._settled(bow, topics, topics, 0, seed)
        return replace(found, perplexity=perplexity, blurred=blurred or found.blurred)

    @classmethod
    def after(
        cls, em_steps: int, bow: csr_array, topic_word: NDArray[np.floating[Any]], seed: int
    ) -> Start:
        """Return the topics after some steps of EM; as they are after none."""
        from theta.nn.mixture_em import sharpened

        background = _background(bow)
        topics = sharp = _positive(topic_word, background)
        if em_steps:
            path = sharpened(bow, topics, _BACKGROUND * background)
            sharp = [next(path)[0] for _ in range(em_steps)][-1]
        return cls._settled(bow, topics, sharp, em_steps, seed)

    @classmethod
    def _settled(
        cls,
        bow: csr_array,
        topics: NDArray[np.float64],
        sharp: NDArray[np.float64],
        em_steps: int,
        seed: int,
    ) -> Start:
        """Return the state of a chain that has forgotten where it began.

        EM finds the mode of the shares of each document, which sharpens the topics a little too
        much. A chain of topics and shares under a prior with a common mean makes up for it, unless
        it turns a topic into another one, makes mixtures of topics pass for them, or makes topics
        alike: where all documents mix all topics, words tell too little of both.
        """
        from theta.nn.mixture_em import sharpened
        from theta.nn.share_sampler import log_ratios

        background = _background(bow)
        _, doc_topic = next(sharpened(bow, sharp, _BACKGROUND * background))
        known = np.zeros((0, *sharp.shape), np.float32)
        begin = cls(bow, sharp.astype(np.float32), known, log_ratios(doc_topic), em_steps)
        sampler = begin.sampler(_common_mean(bow.shape[0]), begin.eta, seed)
        for _ in range(_BURN_IN):
            sampler.sweep()
        settled = replace(begin, eta=sampler.eta.numpy().copy())
        draws = topic_draws(sampler, background, bow.nnz * len(sharp), seed)
        mean = draws.mean(axis=0)
        if run_together(draws, sharp):
            return replace(settled, undetermined=True)
        others = tuple(turned(mean, topics, background).tolist())
        if others:
            return replace(settled, turned=others)
        if not em_steps and overlap_of(mean) > _WIDENED * overlap_of(topics):
            return replace(settled, blurred=True)
        return cls(bow, mean, draws, sampler.eta.numpy(), em_steps)

    @classmethod
    def from_arrays(cls, bow: csr_array, arrays: Mapping[str, NDArray[Any]]) -> Start | None:
        """Return the start that `arrays` describes; None for one of another version."""
        if int(arrays["version"]) != _VERSION:
            return None
        tried = zip(arrays["steps"].tolist(), arrays["perplexity"].tolist(), strict=True)
        return cls(
            bow,
            arrays["topic_word"],
            arrays["topic_draws"],
            arrays["eta"],
            int(arrays["em_steps"]),
            dict(tried),
            bool(arrays["blurred"]),
            bool(arrays["undetermined"]),
            tuple(arrays["turned"].tolist()),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything but the documents, ready for a file."""
        return {
            "version": np.array(_VERSION),
            "topic_word": self.topic_word,
            "topic_draws": self.topic_draws,
            "eta": self.eta,
            "em_steps": np.array(self.em_steps),
            "steps": np.array(list(self.perplexity), dtype=np.int64),
            "perplexity": np.array(list(self.perplexity.values()), dtype=np.float64),
            "blurred": np.array(self.blurred),
            "undetermined": np.array(self.undetermined),
            "turned": np.array(self.turned, dtype=np.int64),
        }

    @property
    def overlap(self) -> float:
        """Mean probability that the words of two topics share, from 0 to 1."""
        return overlap_of(self.topic_word)

    @property
    def mean_shares(self) -> NDArray[np.float64]:
        """Mean of θ over the documents, in a draw: (num_topics,)."""
        from theta.nn.share_sampler import doc_topic_of

        mean: NDArray[np.float64] = doc_topic_of(self.eta).mean(axis=0, dtype=np.float64)
        return mean

    def at(self, rows: NDArray[np.intp]) -> Start:
        """Return the start of some of the documents."""
        return replace(self, bow=self.bow[rows], eta=self.eta[rows])

    def sampler(self, x: NDArray[np.float64], eta: NDArray[np.float32], seed: int) -> ShareSampler:
        """Return a chain of the shares given the topics, from a state of it."""
        from theta.nn.share_sampler import ShareSampler

        return ShareSampler(self.bow, self.topic_word, x, eta, seed)

    def calibrated(self, x: NDArray[np.float64] | None, seed: int) -> CalibratedPosterior:
        """Return the posterior of the shares; parameters as in `calibrate`."""
        n_docs = self.bow.shape[0]
        # An orthogonal basis makes the ridge penalty of the prior independent of units.
        design = _common_mean(n_docs) if x is None else np.linalg.qr(x)[0] * np.sqrt(n_docs)
        sampler = self.sampler(design, self.eta, seed)
        for _ in range(_BURN_IN):
            sampler.sweep()
        return CalibratedPosterior(self, design, sampler.eta.numpy())


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
        Documents that the model was not trained on.
    seed : int
    """
    return Start.chosen(bow, topic_word, held_out, seed).calibrated(x, seed)


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
