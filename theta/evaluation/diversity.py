"""Diversity: do the topics differ from one another? TD and iRBO."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Metric
from theta.evaluation.bootstrap import mean_over_topics
from theta.evaluation.inputs import NO_WORD, EvaluationInputs, top
from theta.evaluation.rank_biased_overlap import rank_biased_overlap
from theta.evaluation.spec import MetricSpec
from theta.i18n.message import Message

TD_TOP_N = 25
TD_SHORT_TOP_N = 10
RBO_TOP_N = 10
RBO_P = 0.9

METRICS = {
    "TD": MetricSpec(
        "higher",
        "Do topics use different words? 1: no word is in the top 25 of two topics.",
        depends_on_topics="diversity",
    ),
    "TD@10": MetricSpec(
        "higher",
        "The same for the top 10 words, the ones that people read.",
        depends_on_topics="diversity",
    ),
    "iRBO": MetricSpec(
        "higher",
        "Do topics rank different words first? 1: no shared top-10 words; 0: identical lists.",
        depends_on_topics="diversity",
    ),
}


def measure(evidence: EvaluationInputs) -> list[Metric]:
    """Return TD over the top 25 words, TD@10, and iRBO over the top 10."""
    metrics = []
    for name, n in (("TD", TD_TOP_N), (f"TD@{TD_SHORT_TOP_N}", TD_SHORT_TOP_N)):
        words = top(evidence.top_words, n)
        metrics.append(
            mean_over_topics(
                name,
                topic_diversity(words),
                Message(
                    "unique words / all words of the topics' top {n_words}; for a topic: mean "
                    "over its words of 1 / the number of topics that list the word",
                    n_words=words.shape[1],
                ),
                undefined="has no top word",
                seed=evidence.seed,
            )
        )
    words = top(evidence.top_words, RBO_TOP_N)
    metrics.append(
        mean_over_topics(
            "iRBO",
            inverted_rank_biased_overlap(words, RBO_P),
            Message(
                "1 − mean rank-biased overlap (extrapolated, p = {p}) of all pairs of topics "
                "over the top {n_words} words; for a topic: with all others",
                p=RBO_P,
                n_words=words.shape[1],
            ),
            undefined="has no words or no other topic to compare with",
            seed=evidence.seed,
        )
    )
    return metrics


def topic_diversity(top_words: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return the contribution of each topic to topic diversity; their mean is TD.

    TD is the number of different top words over the number of top words (Dieng, Ruiz & Blei 2020,
    https://aclanthology.org/2020.tacl-1.29). A word listed by m topics counts 1 / m in each, so
    the mean over topics of equal length is TD.

    Parameters
    ----------
    top_words : (num_topics, n_top) int

    Returns
    -------
    (num_topics,) float64
        NaN for a topic without words.
    """
    is_word = top_words != NO_WORD
    _, word, n_topics = np.unique(top_words, return_inverse=True, return_counts=True)
    shares = np.where(is_word, 1.0 / n_topics[word].reshape(top_words.shape), 0.0)
    n = is_word.sum(axis=1)
    return np.divide(shares.sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)


def inverted_rank_biased_overlap(
    top_words: NDArray[np.integer[Any]], p: float
) -> NDArray[np.float64]:
    """Return 1 − the mean rank-biased overlap of each topic with all others.

    Their mean is iRBO, 1 − the mean over all pairs of topics (Bianchi, Terragni & Hovy 2021,
    https://aclanthology.org/2021.acl-short.96).

    Parameters
    ----------
    top_words : (num_topics, n_top) int
    p : float

    Returns
    -------
    (num_topics,) float64
        NaN for a single topic and for topics without words, which are not compared.
    """
    per_topic = np.full(len(top_words), np.nan)
    has_words = (top_words != NO_WORD).any(axis=1)
    num_topics = int(has_words.sum())
    if num_topics < 2:
        return per_topic
    overlaps = rank_biased_overlap(top_words[has_words], top_words[has_words], p)
    np.fill_diagonal(overlaps, 0.0)
    per_topic[has_words] = 1.0 - overlaps.sum(axis=1) / (num_topics - 1)
    return per_topic
