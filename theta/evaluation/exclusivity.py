"""Exclusivity: are the top words of a topic exclusive to it and frequent in it? FREX."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Metric
from theta.evaluation.bootstrap import mean_over_topics
from theta.evaluation.inputs import NO_WORD, EvaluationInputs, top
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

TOP_N = 10
EXCLUSIVITY_WEIGHT = 0.7

METRICS = {
    "Exclusivity": MetricSpec(
        "higher", "Are a topic's top words exclusive to it and frequent in it? 0 to 1."
    )
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return the mean FREX score of the top 10 words."""
    words = top(evidence.top_words, TOP_N)
    definition = Message(
        "mean FREX of the top {n_words} words: harmonic mean of the word's rank by exclusivity "
        "(weight {exclusivity}) and by frequency (weight {frequency}) in its topic, as shares of "
        "the vocabulary",
        n_words=words.shape[1],
        exclusivity=EXCLUSIVITY_WEIGHT,
        frequency=f"{1 - EXCLUSIVITY_WEIGHT:.1f}",
    )
    if len(words) < 2:
        reason = "exclusivity is undefined for a single topic"
        return [Metric("Exclusivity", None, definition, [None] * len(words), reason=reason)]
    per_topic = exclusivity(words, evidence.topic_word, EXCLUSIVITY_WEIGHT)
    undefined = "has no top word with a probability above 0"
    return [
        mean_over_topics(
            "Exclusivity", per_topic, definition, undefined=undefined, seed=evidence.seed
        )
    ]


def exclusivity(
    top_words: NDArray[np.integer[Any]], topic_word: NDArray[np.floating[Any]], weight: float
) -> NDArray[np.float64]:
    """Return the mean FREX score of each topic's top words.

    FREX_kv = (ω / ECDF_k(β_kv / Σ_j β_jv) + (1 − ω) / ECDF_k(β_kv))⁻¹, where ECDF_k(x) is the
    share of the vocabulary with at most x in topic k. Bischof & Airoldi (2012), Summarizing
    Topical Content with Word Frequency and Exclusivity, https://arxiv.org/abs/1206.4631,
    section 4.1; ω = 0.7 is the default of the R package stm, which sums over the words.

    Parameters
    ----------
    top_words : (num_topics, n_top) int
    topic_word : (num_topics, n_words) float
        β.
    weight : float
        ω, the weight of exclusivity; frequency has the weight 1 − ω.

    Returns
    -------
    (num_topics,) float64
        Between 0 and 1; NaN for a topic without top words of positive probability.
    """
    totals = topic_word.sum(axis=0, dtype=np.float64)
    totals[totals == 0] = 1.0  # a word that no topic contains: 0 / 1
    n_words = topic_word.shape[1]
    scores = np.full(len(top_words), np.nan)
    for k, row in enumerate(top_words):
        frequency = topic_word[k].astype(np.float64)
        share = frequency / totals
        words = row[row != NO_WORD]
        words = words[frequency[words] > 0]
        if not len(words):
            continue
        by_share = np.count_nonzero(share <= share[words][:, None], axis=1) / n_words
        by_frequency = np.count_nonzero(frequency <= frequency[words][:, None], axis=1) / n_words
        scores[k] = np.mean(1.0 / (weight / by_share + (1.0 - weight) / by_frequency))
    return scores
