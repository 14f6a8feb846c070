"""The Laplace approximation of the posterior of documents with a logistic-normal prior.

Roberts, Stewart & Airoldi (2016), A Model of Text for Experimentation in the Social Sciences,
section 3.2 (https://doi.org/10.1080/01621459.2016.1141684); Wang & Blei (2013),
https://arxiv.org/abs/1209.4360.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_TOLERANCE = 1e-4
"""Largest entry of a step of η at which a document has converged."""

_MAX_STEPS = 200
_CELLS = 4_000_000
"""Size of the matrices entries × topics and documents × topics² in memory at a time."""


@dataclass(frozen=True)
class Expectation:
    """The result of an E-step over documents.

    Attributes
    ----------
    word_counts : (n_words, num_topics) float64
        Expected number of times each word was drawn from each topic.
    covariance : (num_topics - 1, num_topics - 1) float64
        Sum of the posterior covariances ν of all documents.
    bound : float
        Approximate log evidence of all documents, in nats.
    """

    word_counts: NDArray[np.float64]
    covariance: NDArray[np.float64]
    bound: float


def blocks(bow: csr_array, num_topics: int) -> Iterator[slice]:
    """Yield slices of consecutive documents of limited memory use."""
    entries = bow.indptr.astype(np.int64) * num_topics
    cells = entries + np.arange(bow.shape[0] + 1) * num_topics**2
    begin = 0
    while begin < bow.shape[0]:
        end = int(np.searchsorted(cells, cells[begin] + _CELLS, side="right")) - 1
        end = max(begin + 1, end)
        yield slice(begin, end)
        begin = end


def shares(eta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return θ = softmax([η, 0]): (n_docs, num_topics)."""
    full = np.concatenate([eta, np.zeros((len(eta), 1))], axis=1)
    full = np.exp(full - full.max(axis=1, keepdims=True))
    normalized: NDArray[np.float64] = full / full.sum(axis=1, keepdims=True)
    return normalized


def posterior_mode(
    bow: csr_array,
    by_word: NDArray[np.float64],
    prior_mean: NDArray[np.float64],
    precision: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return η̂, the posterior mode of each document, independently of the others.

    Minimises −Σ_v x_v log(θ · β_v) + ½ (η − μ)ᵀ Σ⁻¹ (η − μ) by Newton-like steps with the positive
    definite part of the Hessian, Σ⁻¹ + N (diag θ − θθᵀ), halved while they do not descend.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    by_word : (n_words, num_topics) float64
        βᵀ.
    prior_mean : (n_docs, num_topics - 1) float64
        μ.
    precision : (num_topics - 1, num_topics - 1) float64
        Σ⁻¹.
    start : (n_docs, num_topics - 1) float64

    Returns
    -------
    (n_docs, num_topics - 1) float64
    """
    mode = start.copy()
    for part in blocks(bow, by_word.shape[1]):
        mode[part] = _find_mode(bow[part], by_word, prior_mean[part], precision, mode[part])
    return mode


def _find_mode(
    bow: csr_array,
    by_word: NDArray[np.float64],
    prior_mean: NDArray[np.float64],
    precision: NDArray[np.float64],
    start: NDArray[np.float64],
) -> NDArray[np.float64]:
    mode = start.copy()
    active = np.arange(len(mode))
    starts = bow.indptr.astype(np.int64)
    counts, weights = bow.data.astype(np.float64), by_word[bow.indices]
    value, step = np.full(len(mode), np.inf), np.zeros_like(mode)
    for _ in range(_MAX_STEPS):
        trial = mode[active] - step
        new_value, new_step = _objective(
            trial, starts, counts, weights, prior_mean[active], precision
        )
        better = new_value <= value
        mode[active[better]] = trial[better]
        value = np.where(better, new_value, value)
        step = np.where(better[:, None], new_step, step / 2)
        # Converged documents are removed, so that results do not depend on the other documents.
        moving = np.abs(step).max(axis=1) >= _TOLERANCE
        if not moving.any():
            break
        if not moving.all():
            kept = np.repeat(moving, np.diff(starts))
            starts = np.concatenate(([0], np.cumsum(np.diff(starts)[moving])))
            counts, weights = counts[kept], weights[kept]
            active, value, step = active[moving], value[moving], step[moving]
    return mode


def _objective(
    eta: NDArray[np.float64],
    starts: NDArray[np.int64],
    counts: NDArray[np.float64],
    weights: NDArray[np.float64],
    prior_mean: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the objective of each document and the next step."""
    n_docs = len(eta)
    document = np.repeat(np.arange(n_docs), np.diff(starts))
    theta = shares(eta)
    probabilities = np.einsum("ik,ik->i", theta[document], weights)
    deviation = eta - prior_mean
    pull = np.einsum("ij,jk->ik", deviation, precision)
    value = 0.5 * np.einsum("ik,ik->i", deviation, pull)
    value -= np.bincount(document, counts * np.log(probabilities), n_docs)
    drawn = np.zeros((n_docs, weights.shape[1]))
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        drawn[filled] = np.add.reduceat(
            (counts / probabilities)[:, None] * weights, starts[:-1][filled], axis=0
        )
    drawn *= theta
    total = np.bincount(document, counts, n_docs)
    gradient = (total[:, None] * theta - drawn)[:, :-1] + pull
    free = theta[:, :-1]
    curvature = precision - total[:, None, None] * free[:, :, None] * free[:, None, :]
    diagonal = np.arange(free.shape[1])
    curvature[:, diagonal, diagonal] += total[:, None] * free
    return value, np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]


def posterior_covariance(
    bow: csr_array,
    by_word: NDArray[np.float64],
    mode: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return ν of each document, its expected words by topic, and log p(x|η̂).

    ν is the inverse Hessian at the mode. If the Hessian is not positive
    definite, as short of the mode, its eigenvalues are raised to the smallest one of Σ⁻¹.

    Parameters
    ----------
    bow, by_word, mode, precision
        As in `posterior_mode`.

    Returns
    -------
    covariance : (n_docs, num_topics - 1, num_topics - 1) float64
    drawn : (n_entries, num_topics) float64
        x_v φ_vk at each entry of `bow`.
    log_likelihood : (n_docs,) float64
    """
    theta = shares(mode)
    n_docs = len(theta)
    document = np.repeat(np.arange(n_docs), np.diff(bow.indptr))
    drawn = theta[document] * by_word[bow.indices]
    probabilities = drawn.sum(axis=1)
    counts = bow.data.astype(np.float64)
    log_likelihood = np.bincount(document, counts * np.log(probabilities), n_docs).astype(
        np.float64
    )
    responsibility = drawn / probabilities[:, None]
    drawn = responsibility * counts[:, None]
    hessians = np.empty((n_docs, *precision.shape))
    for d in range(n_docs):
        entries = slice(bow.indptr[d], bow.indptr[d + 1])
        phi, free = responsibility[entries, :-1], theta[d, :-1]
        total = counts[entries].sum()
        hessians[d] = precision + (drawn[entries, :-1].T @ phi) - total * np.outer(free, free)
        hessians[d] += np.diag(total * free - drawn[entries, :-1].sum(axis=0))
    values, vectors = np.linalg.eigh(hessians)
    values = np.maximum(values, np.linalg.eigvalsh(precision)[0])
    covariance = np.einsum("dij,dj,dkj->dik", vectors, 1 / values, vectors)
    return covariance, drawn, log_likelihood


def expectation(
    bow: csr_array,
    by_word: NDArray[np.float64],
    prior_mean: NDArray[np.float64],
    precision: NDArray[np.float64],
    mode: NDArray[np.float64],
) -> Expectation:
    """Return the expectations for the M-step at the modes; parameters as in `posterior_mode`."""
    from scipy.sparse import csr_array

    n_words, num_topics = by_word.shape
    word_counts = np.zeros((n_words, num_topics))
    covariance = np.zeros_like(precision)
    bound = 0.5 * len(mode) * np.linalg.slogdet(precision)[1]
    for part in blocks(bow, num_topics):
        block = bow[part]
        nu, drawn, log_likelihood = posterior_covariance(block, by_word, mode[part], precision)
        covariance += nu.sum(axis=0)
        entries = np.arange(len(drawn))
        shape = (n_words, len(drawn))
        word_counts += (
            csr_array((np.ones(len(drawn)), (block.indices, entries)), shape=shape) @ drawn
        )
        deviation = mode[part] - prior_mean[part]
        bound += log_likelihood.sum() + 0.5 * np.linalg.slogdet(nu)[1].sum()
        bound -= 0.5 * np.einsum("ij,jk,ik->", deviation, precision, deviation)
    return Expectation(word_counts, covariance, float(bound))
