"""EM for documents as mixtures of topics, from topics that are given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from theta.nn.word_batches import Batch, padded_batches

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_FIRST_FOLDS = 5
"""Times that `sharpened` estimates θ before the first β: it starts from equal shares."""


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
            counts, weights = expected_words(batches, by_word, doc_topic)
            doc_topic = (weights + 0.5) / (weights + 0.5).sum(dim=1, keepdim=True)
        topics, folds = counts + smoothing, 1
        topics /= topics.sum(axis=1, keepdims=True)
        yield topics, doc_topic.numpy()


@torch.no_grad()
def expected_words(
    batches: list[Batch], by_word: Tensor, doc_topic: Tensor
) -> tuple[NDArray[np.float64], Tensor]:
    """Return the expected tokens by topic and word, and by document and topic.

    Parameters
    ----------
    batches : list of Batch
    by_word : (n_words, num_topics) float32
        β'.
    doc_topic : (n_docs, num_topics) float32

    Returns
    -------
    (num_topics, n_words) float64, (n_docs, num_topics) float32
    """
    ratios_by_word = torch.zeros(by_word.shape)
    weights = torch.zeros(doc_topic.shape)
    for batch in batches:
        theta = doc_topic[batch.rows]
        _, weights[batch.rows], ratios = batch.likelihood(batch.word_topics(by_word), theta)
        shares = (ratios[:, :, None] * theta[:, None]).view(-1, theta.shape[1])
        ratios_by_word.index_add_(0, batch.words.view(-1), shares)
    return (ratios_by_word * by_word).numpy().T.astype(np.float64), weights
