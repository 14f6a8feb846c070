"""Topic shares of documents given the topics: the variational E-step of LDA.

Blei, Ng & Jordan (2003), Latent Dirichlet Allocation, figure 6; with exp(E[log β]) for β it is
the step of Hoffman, Blei & Bach (2010), Online Learning for LDA, algorithm 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_TOLERANCE = 1e-3
"""Mean change of γ at which a document has converged, as in Hoffman's code and scikit-learn."""

_MAX_STEPS = 100

_CELLS = 4_000_000
"""Size of the matrix non-zeros × topics in memory at a time."""


def infer_doc_topic(
    bow: csr_array, word_weights: NDArray[np.floating[Any]], prior: NDArray[np.floating[Any]]
) -> NDArray[np.float32]:
    """Return the variational posterior mean of θ of each document, independently of the others.

    γ_k = α_k + Σ_v x_v φ_vk with φ_vk ∝ exp(ψ(γ_k) − ψ(Σγ)) w_kv, until γ converges.

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
        Counts x. A document without words gets the mean of the prior.
    word_weights : (num_topics, n_words) float
        w: β, or exp(E[log β]) if β has a posterior.
    prior : (num_topics,) float
        α, positive.

    Returns
    -------
    (n_docs, num_topics) float32
        Each row sums to one.
    """
    gamma = infer_gamma(bow, word_weights, prior)
    return (gamma / gamma.sum(axis=1, keepdims=True)).astype(np.float32)


def infer_gamma(
    bow: csr_array, word_weights: NDArray[np.floating[Any]], prior: NDArray[np.floating[Any]]
) -> NDArray[np.float64]:
    """Return γ of each document: (n_docs, num_topics); parameters as in `infer_doc_topic`."""
    n_docs, num_topics = bow.shape[0], len(prior)
    alpha = np.asarray(prior, dtype=np.float64)
    by_word = np.ascontiguousarray(np.asarray(word_weights, dtype=np.float64).T)
    gamma = np.tile(alpha, (n_docs, 1))
    filled = np.flatnonzero(np.diff(bow.indptr))
    step = max(1, _CELLS // num_topics)
    # Blocks of whole documents limit the memory of the gathered word weights.
    block = np.cumsum(np.diff(bow.indptr)[filled]) // step
    for number in np.unique(block):
        rows = filled[block == number]
        gamma[rows] = _converged_gamma(bow[rows], by_word, alpha)
    return gamma


def _converged_gamma(
    bow: csr_array, by_word: NDArray[np.float64], alpha: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.special import psi

    gamma = np.ones((bow.shape[0], len(alpha)))
    active = np.arange(bow.shape[0])
    starts, counts, weights = bow.indptr, bow.data.astype(np.float64), by_word[bow.indices]
    for _ in range(_MAX_STEPS):
        now = gamma[active]
        topic_weight = np.exp(psi(now) - psi(now.sum(axis=1))[:, None])
        document = np.repeat(np.arange(len(active)), np.diff(starts))
        normalizer = np.einsum("ik,ik->i", topic_weight[document], weights) + 1e-100
        sums = np.add.reduceat((counts / normalizer)[:, None] * weights, starts[:-1], axis=0)
        gamma[active] = alpha + topic_weight * sums
        # Converged documents are removed, so that results do not depend on the other documents.
        moving = np.abs(gamma[active] - now).mean(axis=1) >= _TOLERANCE
        if not moving.any():
            break
        if not moving.all():
            kept = moving[document]
            lengths = np.diff(starts)[moving]
            starts = np.concatenate(([0], np.cumsum(lengths)))
            counts, weights, active = counts[kept], weights[kept], active[moving]
    return gamma
