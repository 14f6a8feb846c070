"""Sampling of the topic shares of documents with a logistic-normal prior, given the topics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_CELLS = 2_000_000
"""Size of the tensor documents × words × topics of a batch."""

_PROPOSALS = 8
"""Points of an ellipse among which a step chooses, the present one included."""

_STEPS = 2
"""Moves of the shares between two draws of the prior."""

_LEAST_ANGLE = 0.02
"""Smallest angle between two of them: that of long documents, whose shares vary little."""

_LEAST_STRIDE, _GREATEST_STRIDE = 0.05, 3.0
"""Strides of Γ and log deviations, in their standard errors if the shares were known."""

_FIRST_FOLDS = 5
"""Times that `sharpened` estimates θ before the first β: it starts from equal shares."""

_LEAST = 1e-30
"""Added to probabilities, so that their logarithm is finite."""


@dataclass(frozen=True)
class Batch:
    """Documents of similar length, padded to the same number of distinct words.

    Attributes
    ----------
    rows : (n,) int64
        The documents.
    words : (n, length) int64
    counts : (n, length) float32
        0 for padding.
    """

    rows: Tensor
    words: Tensor
    counts: Tensor


def padded_batches(bow: csr_array, num_topics: int) -> list[Batch]:
    """Return all documents in batches of limited memory use, sorted by length.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    num_topics : int
    """
    lengths = np.diff(bow.indptr)
    order = np.argsort(lengths, kind="stable")
    batches, begin = [], 0
    while begin < len(order):
        sizes = np.arange(1, len(order) - begin + 1) * lengths[order[begin:]] * num_topics
        end = begin + max(1, int(np.searchsorted(sizes, _CELLS, side="right")))
        rows = order[begin:end]
        part = bow[rows]
        own = np.diff(part.indptr)
        filled = np.arange(max(1, own.max())) < own[:, None]
        words, counts = np.zeros(filled.shape, np.int64), np.zeros(filled.shape, np.float32)
        words[filled], counts[filled] = part.indices, part.data
        batches.append(Batch(*map(torch.from_numpy, (rows, words, counts))))
        begin = end
    return batches


def shares_of(eta: Tensor) -> Tensor:
    """Return θ = softmax([η, 0]): (..., num_topics)."""
    zero = torch.zeros(*eta.shape[:-1], 1, dtype=eta.dtype)
    return torch.softmax(torch.cat([eta, zero], dim=-1), dim=-1)


def doc_topic_of(eta: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return θ of η: (n_docs, num_topics)."""
    theta: NDArray[np.float32] = shares_of(torch.from_numpy(eta)).numpy()
    return theta


def log_ratios(doc_topic: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return η of θ, (n_docs, num_topics - 1), with shares below a thousandth raised to it."""
    log = np.log(np.maximum(doc_topic, 1e-3))
    eta: NDArray[np.float32] = (log[:, :-1] - log[:, -1:]).astype(np.float32)
    return eta


class ShareSampler:
    """A Markov chain of η_d ~ N(x_d Γ, Σ), θ_d = softmax([η_d, 0]), Γ and Σ, given words and β.

    Words are independent draws from the mixture θ_d β. A sweep moves each η_d within its posterior,
    then draws Γ and Σ from theirs. The shares are moved along ellipses, as in elliptical slice
    sampling (Murray, Adams & MacKay 2010, https://arxiv.org/abs/1001.0175), but a step chooses
    among `_PROPOSALS` equidistant points with probabilities proportional to their likelihoods
    (Tjelmeland 2004), so that all documents of a batch take it together.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    topic_word : (num_topics, n_words) float
        β, positive.
    x : (n_docs, n_columns) float64
        Design matrix of the prior means; the first column is the intercept.
    eta : (n_docs, num_topics - 1) float32
        Where the chain starts.
    seed : int

    Attributes
    ----------
    eta : (n_docs, num_topics - 1) float32
    coefficients : (n_columns, num_topics - 1) float64
        Γ.
    covariance : (num_topics - 1, num_topics - 1) float64
        Σ.
    """

    def __init__(
        self,
        bow: csr_array,
        topic_word: NDArray[np.floating[Any]],
        x: NDArray[np.float64],
        eta: NDArray[np.float32],
        seed: int,
    ):
        self.batches = padded_batches(bow, len(topic_word))
        self.set_topics(topic_word)
        self.x = x
        self.eta = torch.from_numpy(eta.copy())
        self._random = torch.Generator().manual_seed(seed)
        self._rng = np.random.default_rng(seed)
        # A ridge penalty equal to one document regularises rare levels.
        self._penalty = np.array([1e-6] + [1.0] * (x.shape[1] - 1))
        self._inverse = np.linalg.inv(x.T @ x + np.diag(self._penalty))
        self._root = np.linalg.cholesky(self._inverse)
        self.draw_prior()

    def set_topics(self, topic_word: NDArray[np.floating[Any]]) -> None:
        """Change β."""
        self._by_word = torch.from_numpy(np.ascontiguousarray(topic_word.T, dtype=np.float32))

    @property
    def doc_topic(self) -> NDArray[np.float32]:
        """The present θ: (n_docs, num_topics)."""
        return doc_topic_of(self.eta.numpy())

    def sweep(self) -> None:
        """Move the shares of all documents, then draw Γ and Σ given them and given the rest."""
        self.move(_STEPS)
        self.draw_prior()
        self.shift()

    @torch.no_grad()
    def move(self, steps: int) -> None:
        """Move the shares of all documents `steps` times, given Γ and Σ."""
        mean = torch.from_numpy((self.x @ self.coefficients).astype(np.float32))
        root = torch.from_numpy(np.linalg.cholesky(self.covariance).T.astype(np.float32))
        for batch in self.batches:
            weights, centre = self._by_word[batch.words], mean[batch.rows]
            deviation = self.eta[batch.rows] - centre
            for _ in range(steps):
                deviation = self._step(batch, weights, centre, deviation, root)
            self.eta[batch.rows] = deviation + centre

    def _step(
        self, batch: Batch, weights: Tensor, centre: Tensor, deviation: Tensor, root: Tensor
    ) -> Tensor:
        """Return the next η − xΓ of a batch."""
        n_docs = len(deviation)
        other = torch.randn(deviation.shape, generator=self._random) @ root
        # The present point is any of the points, equally likely: that makes the step reversible.
        present = torch.randint(_PROPOSALS, (n_docs, 1), generator=self._random)
        low, high = math.log(_LEAST_ANGLE), math.log(2 * math.pi / _PROPOSALS)
        unit = torch.rand(n_docs, 1, generator=self._random)
        angles = (torch.arange(_PROPOSALS) - present) * torch.exp(low + (high - low) * unit)
        points = deviation[:, None] * angles.cos()[:, :, None]
        points += other[:, None] * angles.sin()[:, :, None]
        chances = torch.softmax(self._log_likelihood(batch, weights, points + centre[:, None]), 1)
        chosen = torch.multinomial(chances, 1, generator=self._random)[:, 0]
        return points[torch.arange(n_docs), chosen]

    @staticmethod
    def _log_likelihood(batch: Batch, weights: Tensor, eta: Tensor) -> Tensor:
        """Return log p(words | η) of documents at several points: (n_docs, n_points)."""
        log = torch.bmm(weights, shares_of(eta).transpose(1, 2)).add_(_LEAST).log_()
        return torch.bmm(batch.counts[:, None], log)[:, 0]

    def draw_prior(self) -> None:
        """Draw Σ, then Γ, from their posterior given the shares of all documents.

        Σ has an inverse Wishart prior of the weight of `num_topics` + 1 documents without
        correlations.
        """
        eta = self.eta.numpy().astype(np.float64)
        n_docs, size = eta.shape
        coefficients = self._inverse @ (self.x.T @ eta)
        residual = eta - self.x @ coefficients
        scatter = residual.T @ residual
        weight = size + 2
        scatter += weight / n_docs * np.diag(np.diag(scatter)) + 1e-6 * np.eye(size)
        # Bartlett's decomposition of a Wishart matrix, the inverse of Σ.
        factor = np.tril(self._rng.standard_normal((size, size)), -1)
        freedom = n_docs + weight - np.arange(size)
        factor[np.diag_indices(size)] = np.sqrt(self._rng.chisquare(freedom))
        half = np.linalg.solve(factor, np.linalg.cholesky(scatter).T)
        self.covariance = half.T @ half
        noise = self._rng.standard_normal(coefficients.shape)
        self.coefficients = coefficients + self._root @ noise @ half

    @torch.no_grad()
    def shift(self) -> None:
        """Move Γ and the scale of Σ, and with them the shares of all documents.

        Where documents say little, their η follow Γ and Γ follows them, and neither gets far in
        `draw_prior`. Here η − xΓ, in units of the standard deviations, is what is held (the
        interweaving of Yu & Meng 2011, https://doi.org/10.1198/jcgs.2011.203main): a step along a
        random line of (Γ, log deviations), whose prior is flat, by the likelihood of all words.
        """
        size = len(self.covariance)
        half = np.linalg.cholesky(self.covariance).T
        along = self._root @ self._rng.standard_normal((len(self._root), size)) @ half
        stretch = self._rng.standard_normal(size) / np.sqrt(2 * len(self.eta))
        length = np.exp(self._rng.uniform(np.log(_LEAST_STRIDE), np.log(_GREATEST_STRIDE)))
        present = int(self._rng.integers(_PROPOSALS))
        strides = length * (np.arange(_PROPOSALS) - present)
        means = self.x @ self.coefficients
        shifts = torch.from_numpy((self.x @ along).astype(np.float32))
        scales = torch.from_numpy(np.exp(strides[:, None] * stretch).astype(np.float32))
        by_stride = torch.from_numpy(strides.astype(np.float32))[:, None]
        mean = torch.from_numpy(means.astype(np.float32))
        likelihood = np.zeros(_PROPOSALS)
        for batch in self.batches:
            rows = batch.rows
            deviation = (self.eta[rows] - mean[rows])[:, None] * scales
            points = mean[rows][:, None] + by_stride * shifts[rows][:, None] + deviation
            own = self._log_likelihood(batch, self._by_word[batch.words], points)
            likelihood += own.sum(dim=0, dtype=torch.float64).numpy()
        coefficients = self.coefficients + strides[:, None, None] * along
        inverse = np.linalg.inv(self.covariance)
        likelihood -= 0.5 * np.einsum(
            "p,jpk,kl,jpl->j", self._penalty, coefficients, inverse, coefficients
        )
        chances = np.exp(likelihood - likelihood.max())
        chosen = int(self._rng.choice(_PROPOSALS, p=chances / chances.sum()))
        self.eta = (self.eta - mean) * scales[chosen] + mean + by_stride[chosen] * shifts
        self.coefficients = coefficients[chosen]
        scale = np.exp(strides[chosen] * stretch)
        self.covariance = self.covariance * np.outer(scale, scale)

    def word_counts(self) -> NDArray[np.float64]:
        """Return the expected words of each topic given θ: (num_topics, n_words)."""
        counts, _ = _expected_words(self.batches, self._by_word, shares_of(self.eta))
        return counts


def sharpened(
    bow: csr_array, topic_word: NDArray[np.floating[Any]], smoothing: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float32]]]:
    """Yield β and θ after each step of EM for a mixture, without end.

    θ_dk ∝ ½ + expected words of topic k in document d, the mode under a Dirichlet prior;
    β_kv ∝ expected words + smoothing.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    topic_word : (num_topics, n_words) float
        β to start from.
    smoothing : (n_words,) float64

    Yields
    ------
    (num_topics, n_words) float64, (n_docs, num_topics) float32
    """
    num_topics = len(topic_word)
    batches = padded_batches(bow, num_topics)
    doc_topic = torch.full((bow.shape[0], num_topics), 1 / num_topics)
    topics, folds = np.asarray(topic_word, np.float64), _FIRST_FOLDS
    while True:
        by_word = torch.from_numpy(np.ascontiguousarray(topics.T, dtype=np.float32))
        for _ in range(folds):
            counts, weights = _expected_words(batches, by_word, doc_topic)
            doc_topic = (weights + 0.5) / (weights + 0.5).sum(dim=1, keepdim=True)
        topics, folds = counts + smoothing, 1
        topics /= topics.sum(axis=1, keepdims=True)
        yield topics, doc_topic.numpy()


@torch.no_grad()
def _expected_words(
    batches: list[Batch], by_word: Tensor, doc_topic: Tensor
) -> tuple[NDArray[np.float64], Tensor]:
    """Return expected words by topic and word, and by document and topic."""
    counts = torch.zeros(by_word.shape)
    weights = torch.zeros(doc_topic.shape)
    for batch in batches:
        drawn = by_word[batch.words] * doc_topic[batch.rows][:, None]
        drawn *= (batch.counts / drawn.sum(dim=2).add_(_LEAST))[:, :, None]
        weights[batch.rows] = drawn.sum(dim=1)
        counts.index_add_(0, batch.words.reshape(-1), drawn.reshape(-1, drawn.shape[2]))
    return counts.numpy().T.astype(np.float64), weights
