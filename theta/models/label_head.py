"""The label head of a supervised model: initial weights and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import UNLABELLED, Labels

WEIGHT = "label_head.weight"
BIAS = "label_head.bias"
"""Names of the head's arrays in the state of a model."""


def cluster_label_scores(
    labels: Labels, rows: NDArray[np.intp], clusters: NDArray[np.intp], n_clusters: int
) -> NDArray[np.float32]:
    """Return the initial W: the smoothed log share of each label in each cluster.

    With n_ck the documents of label c in cluster k and q_c = (n_c + 1) / (n + C) the share of the
    label among all: W_ck = log( (n_ck + q_c) / (n_k + 1) ).

    Parameters
    ----------
    labels : Labels
    rows : (n,) int
        The documents that were clustered.
    clusters : (n,) int
    n_clusters : int

    Returns
    -------
    (n_labels, n_clusters) float32
    """
    codes = labels.codes[rows]
    known = codes != UNLABELLED
    counts = np.zeros((len(labels.names), n_clusters))
    np.add.at(counts, (codes[known], clusters[known]), 1)
    shares = (counts.sum(axis=1, keepdims=True) + 1) / (counts.sum() + len(counts))
    return np.log((counts + shares) / (counts.sum(axis=0) + 1)).astype(np.float32)


def label_probabilities(
    state: Mapping[str, NDArray[Any]], doc_topic: NDArray[np.floating[Any]]
) -> NDArray[np.float64] | None:
    """Return p(y|d) = softmax(W θ_d + b) of documents; None for a model without a head.

    Parameters
    ----------
    state : mapping of str to array
        State of the trained model.
    doc_topic : (n_docs, num_topics)
        θ.

    Returns
    -------
    (n_docs, n_labels) float64
    """
    if WEIGHT not in state:
        return None
    scores = doc_topic.astype(np.float64) @ state[WEIGHT].astype(np.float64).T + state[BIAS]
    unnormalized = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(unnormalized / unnormalized.sum(axis=1, keepdims=True))
