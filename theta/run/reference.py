"""Similarity of documents to the training documents of a run, from which drift is measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Embeddings, ModelInputs, Split
from theta.evaluation.perplexity import completion_log_likelihood

_SAMPLED_TRAINING = 1_000
"""Size of the sample of training documents that is searched for the nearest one."""

_SAMPLED_HELD_OUT = 2_000
"""Size of the sample of held-out documents that new ones are ranked against."""

SAMPLE, BACKGROUND, SIMILARITY = "sample", "background", "likeness"
"""Names of the arrays in reference.npz."""


def make_reference(
    corpus: Corpus,
    embeddings: Embeddings | None,
    doc_topic: NDArray[np.float32],
    topic_word: NDArray[np.float32],
) -> dict[str, NDArray[Any]]:
    """Return the reference that new documents are compared with.

    Parameters
    ----------
    corpus : Corpus
    embeddings : Embeddings, optional
        If the model reads them, similarity compares vectors, otherwise words.
    doc_topic : (n_docs, num_topics)
    topic_word : (num_topics, n_words)

    Returns
    -------
    mapping
        ``sample`` (n, dim) or ``background`` (n_words,), and ``similarity`` (n_held_out,), sorted.
    """
    draw = np.random.default_rng(0)
    train = corpus.rows(Split.TRAIN)
    held_out = _sample(np.flatnonzero(corpus.split != Split.TRAIN), _SAMPLED_HELD_OUT, draw)
    reference: dict[str, NDArray[Any]]
    if embeddings is None:
        counts = np.asarray(corpus.bow[train].sum(axis=0), dtype=np.float64).ravel() + 1
        reference = {BACKGROUND: (counts / counts.sum()).astype(np.float32)}
    else:
        sample = embeddings.documents[_sample(train, _SAMPLED_TRAINING, draw)]
        reference = {SAMPLE: np.asarray(sample, dtype=np.float16)}
    inputs = ModelInputs(
        corpus.bow[held_out], None if embeddings is None else embeddings.documents[held_out]
    )
    scores = similarity(reference, inputs, doc_topic[held_out], topic_word)
    reference[SIMILARITY] = np.sort(scores[np.isfinite(scores)]).astype(np.float32)
    return reference


def _sample(rows: NDArray[np.intp], n: int, draw: np.random.Generator) -> NDArray[np.intp]:
    return rows if len(rows) <= n else np.sort(draw.choice(rows, n, replace=False))


def similarity(
    reference: Mapping[str, NDArray[Any]],
    inputs: ModelInputs,
    doc_topic: NDArray[np.float32],
    topic_word: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return how similar each document is to the training documents; NaN if it has no known word.

    With embeddings: the cosine to the nearest of a sample of the training documents (Sun, Ming,
    Zhu & Li 2022, Out-of-Distribution Detection with Deep Nearest Neighbors, section 3, k = 1).
    Without embeddings: the gain of the topics per word, log p(word | θ, β) − log p(word).

    Parameters
    ----------
    reference : mapping
        Result of `make_reference`.
    inputs : ModelInputs
    doc_topic : (n_docs, num_topics)
    topic_word : (num_topics, n_words)

    Returns
    -------
    (n_docs,) float64
    """
    if SAMPLE in reference:
        assert inputs.embeddings is not None
        vectors = inputs.embeddings.astype(np.float32)
        cosine = vectors @ reference[SAMPLE].astype(np.float32).T
        return np.asarray(cosine.max(axis=1), dtype=np.float64)
    log_likelihood, n_tokens = completion_log_likelihood(doc_topic, topic_word, inputs.bow)
    background: NDArray[np.float64] = inputs.bow @ np.log(reference[BACKGROUND])
    with np.errstate(divide="ignore", invalid="ignore"):
        gained: NDArray[np.float64] = (log_likelihood - background) / n_tokens
    return gained
