"""Sampling of the topic shares of documents with a logistic-normal prior, given the topics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from theta.nn.word_batches import Batch, padded_batches

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_LEAPS = 8
"""Steps of a trajectory of η.

With 4, correlations of topics take 2.2 times as many sweeps to be independent (60 tokens).
"""

_SHORTEST, _LONGEST = 0.5, 2.0
"""Lengths of these steps, in units of the scale of η given the words."""

_CURVATURE = 0.15
"""Information on a log ratio in a token, about the mean of θ (1 − θ)."""

_RIGHT_ANGLE = math.pi / 2
"""Longest step: under the prior alone, it replaces η by a new draw."""

_SHORTEST_SHIFT, _LONGEST_SHIFT = 0.1, 1.5
"""Lengths of the step of Γ and scales, in their standard errors if the shares were known."""


class State(NamedTuple):
    """The likelihood of the words given η.

    Attributes
    ----------
    log_likelihood : (n_docs,) float32
    gradient : (n_docs, num_topics - 1) float32
        Of each log likelihood in η.
    """

    log_likelihood: Tensor
    gradient: Tensor

    def of(self, rows: Tensor) -> State:
        """Return the likelihood of some documents."""
        return State(self.log_likelihood[rows], self.gradient[rows])


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
    then draws Γ and Σ from theirs. η moves by Hamiltonian Monte Carlo whose trajectories are exact
    for the prior (Beskos et al. 2011, https://doi.org/10.1016/j.spa.2011.06.003), all documents of
    a batch together, with a step length of random size for each.

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
    by_word : (n_words, num_topics) float32
        β'.
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
        # The standard error of a log deviation.
        self._unit = 1 / np.sqrt(2 * len(eta))
        self.draw_prior()

    def set_topics(self, topic_word: NDArray[np.floating[Any]]) -> None:
        """Change β."""
        self.by_word = torch.from_numpy(np.ascontiguousarray(topic_word.T, dtype=np.float32))
        self._known: State | None = None

    @property
    def doc_topic(self) -> NDArray[np.float32]:
        """The present θ: (n_docs, num_topics)."""
        return doc_topic_of(self.eta.numpy())

    def sweep(self) -> None:
        """Move the shares of all documents, then draw Γ and Σ given them and given the rest."""
        self.move()
        self.draw_prior()
        self.shift()

    @torch.no_grad()
    def move(self) -> None:
        """Move the shares of all documents, given Γ and Σ."""
        mean = torch.from_numpy((self.x @ self.coefficients).astype(np.float32))
        root = torch.from_numpy(np.linalg.cholesky(self.covariance).T.astype(np.float32))
        whitened = torch.linalg.solve_triangular(root, self.eta - mean, upper=True, left=False)
        found = State(torch.empty(len(self.eta)), torch.empty_like(self.eta))
        for batch in self.batches:
            own, start = mean[batch.rows], whitened[batch.rows]
            place, *state = self._trajectory(batch, own, start, root)
            self.eta[batch.rows] = place @ root + own
            found.log_likelihood[batch.rows], found.gradient[batch.rows] = state
        self._known = found

    def _trajectory(
        self, batch: Batch, mean: Tensor, start: Tensor, root: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return where the whitened η − xΓ of a batch go, and log likelihoods and gradients there.

        Where a trajectory is rejected, they stay.
        """
        word_topics = batch.word_topics(self.by_word)

        def at(place: Tensor) -> State:
            return _state(batch, word_topics, place @ root + mean)

        first = at(start) if self._known is None else self._known.of(batch.rows)

        scale = 1 / torch.sqrt(1 + batch.tokens * _CURVATURE * float((root**2).sum() / len(root)))
        step = (scale * self._log_uniform(len(start))).clamp_(max=_RIGHT_ANGLE)
        velocity = torch.randn(start.shape, generator=self._random)
        energy = first.log_likelihood - (start**2 + velocity**2).sum(dim=1) / 2
        place, cos, sin = start, step.cos(), step.sin()
        now, half = first, step / 2
        velocity = velocity + half * (now.gradient @ root.T)
        for leap in range(_LEAPS):
            place, velocity = place * cos + velocity * sin, velocity * cos - place * sin
            now = at(place)
            # Two half steps of the velocity meet between rotations.
            kick = half if leap == _LEAPS - 1 else step
            velocity = velocity + kick * (now.gradient @ root.T)
        energy = now.log_likelihood - (place**2 + velocity**2).sum(dim=1) / 2 - energy
        accepted = torch.rand(len(start), generator=self._random).log() < energy
        column = accepted[:, None]
        return (
            torch.where(column, place, start),
            torch.where(accepted, now.log_likelihood, first.log_likelihood),
            torch.where(column, now.gradient, first.gradient),
        )

    def _log_uniform(self, n: int) -> Tensor:
        low, high = math.log(_SHORTEST), math.log(_LONGEST)
        return torch.exp(low + (high - low) * torch.rand(n, 1, generator=self._random))

    def draw_prior(self) -> None:
        """Draw Σ, then Γ, from their posterior given the shares of all documents.

        Σ has an inverse Wishart prior of the weight of `num_topics` + 1 documents whose topics vary
        as much, and are unrelated.
        """
        eta = self.eta.numpy().astype(np.float64)
        n_docs, size = eta.shape
        coefficients = self._inverse @ (self.x.T @ eta)
        residual = eta - self.x @ coefficients
        scatter = residual.T @ residual
        weight = size + 2
        scatter += weight * _unrelated(scatter / n_docs) + 1e-6 * np.eye(size)
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
        interweaving of Yu & Meng 2011, https://doi.org/10.1198/jcgs.2011.203main): a Langevin step
        of Γ and log deviations, whose prior is flat, by the likelihood of all words.
        """
        state = self._state(self.eta) if self._known is None else self._known
        deviation = self.eta.numpy() - self.x @ self.coefficients
        low, high = np.log(_SHORTEST_SHIFT), np.log(_LONGEST_SHIFT)
        step = np.exp(self._rng.uniform(low, high))
        velocity = self._rng.standard_normal((len(self._root) + 1, len(self.covariance)))
        log, slope = self._slope(state, deviation, self.coefficients)
        energy = log - (velocity**2).sum() / 2
        velocity += step / 2 * slope
        half = np.linalg.cholesky(self.covariance).T
        coefficients = self.coefficients + step * self._root @ velocity[:-1] @ half
        scale = np.exp(step * self._unit * velocity[-1])
        deviation *= scale
        eta = torch.from_numpy((self.x @ coefficients + deviation).astype(np.float32))
        proposed = self._state(eta)
        log, slope = self._slope(proposed, deviation, coefficients)
        velocity += step / 2 * slope
        energy = log - (velocity**2).sum() / 2 - energy
        if np.log(self._rng.random()) < energy:
            self.eta, self.coefficients, self._known = eta, coefficients, proposed
            self.covariance = self.covariance * np.outer(scale, scale)

    def _slope(
        self, state: State, deviation: NDArray[np.float64], coefficients: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the log posterior, and its gradient in Γ and log deviations, in their errors.

        The gradient is (n_columns + 1, num_topics - 1).
        """
        gradient = state.gradient.numpy().astype(np.float64)
        pull = self._penalty[:, None] * (coefficients @ np.linalg.inv(self.covariance))
        log = float(state.log_likelihood.sum(dtype=torch.float64)) - (pull * coefficients).sum() / 2
        half = np.linalg.cholesky(self.covariance)
        by_coefficient = self._root.T @ (self.x.T @ gradient - pull) @ half
        by_scale = self._unit * (gradient * deviation).sum(axis=0)
        return log, np.vstack([by_coefficient, by_scale])

    def _state(self, eta: Tensor) -> State:
        """Return the likelihood of the words of all documents."""
        found = State(torch.empty(len(eta)), torch.empty_like(eta))
        for batch in self.batches:
            word_topics = batch.word_topics(self.by_word)
            own = _state(batch, word_topics, eta[batch.rows])
            found.log_likelihood[batch.rows], found.gradient[batch.rows] = own
        return found


def _unrelated(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the covariance of log ratios if the topics were unrelated, and varied as much.

    Log ratios correlate then, too, since all are to the last topic: they are differences of log
    amounts, whose variances are about K / (K − 1) those of centred log ratios.

    Parameters
    ----------
    covariance : (num_topics - 1, num_topics - 1) float64
        Of log θ_k / θ_K.
    """
    n = len(covariance) + 1
    centred = np.eye(n) - 1 / n
    variances = n / (n - 1) * np.diag(centred[:, :-1] @ covariance @ centred[:-1])
    found: NDArray[np.float64] = np.diag(variances[:-1]) + variances[-1]
    return found


def _state(batch: Batch, word_topics: Tensor, eta: Tensor) -> State:
    theta = shares_of(eta)
    log_likelihood, expected, _ = batch.likelihood(word_topics, theta)
    return State(log_likelihood, (expected - batch.tokens * theta)[:, :-1])
