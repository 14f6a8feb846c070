"""Perplexity of the unseen halves of held-out documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import Metric
from theta.evaluation.bootstrap import bootstrap_interval
from theta.evaluation.inputs import EvaluationInputs
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_CELLS = 4_000_000  # of the matrix non-zeros × topics in memory at a time

METRICS = {
    "PPL": MetricSpec(
        "lower",
        "How surprising is the rest of a new document to the model? As uncertain as a choice among "
        "this many equally likely words.",
        depends_on_topics="perplexity",
    )
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return the perplexity of document completion, with an interval over documents."""
    held_out = evidence.held_out
    n_docs = 0 if held_out is None else held_out.second_halves.shape[0]
    definition = Message(
        "document completion, per token: exp(−mean log p(word)) of the second halves of {n_docs} "
        "test documents, θ inferred from their first halves; no smoothing; interval over documents",
        n_docs=n_docs,
    )
    if held_out is None or n_docs == 0:
        return [Metric("PPL", None, definition, reason="there are no test documents")]
    log_likelihood, n_tokens = completion_log_likelihood(
        held_out.doc_topic, evidence.topic_word, held_out.second_halves
    )
    if n_tokens.sum() == 0:
        reason = "no second half of a test document contains a word of the vocabulary"
        return [Metric("PPL", None, definition, reason=reason)]
    n_impossible = int(np.isneginf(log_likelihood).sum())
    if n_impossible:
        reason = Message(
            "it is infinite: the model gives probability 0 to words that occur in {n_impossible} "
            "of {n_docs} second halves",
            n_impossible=n_impossible,
            n_docs=n_docs,
        )
        return [Metric("PPL", None, definition, reason=reason)]
    value = float(np.exp(-log_likelihood.sum() / n_tokens.sum()))
    interval = bootstrap_interval(-log_likelihood, n_tokens, seed=evidence.seed)
    if interval is not None:
        interval = (float(np.exp(interval[0])), float(np.exp(interval[1])))
    return [Metric("PPL", value, definition, interval=interval, documents="test documents")]


def completion_log_likelihood(
    doc_topic: NDArray[np.floating[Any]],
    topic_word: NDArray[np.floating[Any]],
    second_halves: csr_array,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Σ_w c_dw log(θ_d · β_w) and Σ_w c_dw of each document.

    Document completion: Wallach, Murray, Salakhutdinov & Mimno (2009), Evaluation Methods for
    Topic Models, section 4.4, https://doi.org/10.1145/1553374.1553515; the perplexity is
    exp(−Σ_d log-likelihood / Σ_d tokens). Probabilities are computed at the non-zero counts only.

    Parameters
    ----------
    doc_topic : (n_docs, num_topics) float
        θ, inferred from the first halves.
    topic_word : (num_topics, n_words) float
        β.
    second_halves : (n_docs, n_words) csr_array
        Counts; both sums are 0 for an empty row.

    Returns
    -------
    log_likelihood : (n_docs,) float64
        −inf where a word has probability 0.
    n_tokens : (n_docs,) float64
    """
    n_docs, num_topics = doc_topic.shape
    word_topic = np.ascontiguousarray(topic_word.T)
    document = np.repeat(np.arange(n_docs), np.diff(second_halves.indptr))
    word, count = second_halves.indices, second_halves.data
    log_p = np.empty(len(word))
    step = max(1, _CELLS // max(num_topics, 1))
    with np.errstate(divide="ignore"):
        for begin in range(0, len(word), step):
            block = slice(begin, begin + step)
            weights = doc_topic[document[block]].astype(np.float64)
            log_p[block] = np.log(np.einsum("ik,ik->i", weights, word_topic[word[block]]))
    stored = count > 0  # skip explicit zeros: 0 · −inf would be NaN
    document, count = document[stored], count[stored].astype(np.float64)
    log_likelihood = np.bincount(document, count * log_p[stored], n_docs).astype(np.float64)
    return log_likelihood, np.bincount(document, count, n_docs).astype(np.float64)
