"""What readers would say of a topic: embedding coherence and expected rating.

Coherence that is counted in texts agrees little with people where a model ranks its words by
co-occurrence. The closeness of the words in meaning, by vectors that no run has seen, is
independent evidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Metric
from theta.evaluation.bootstrap import mean_over_topics
from theta.evaluation.inputs import NO_WORD, EvaluationInputs, top
from theta.evaluation.spec import MetricSpec
from theta.evaluation.word_vectors import WordVectors
from theta.i18n.message import Message

TOP_N = 10
MIN_KNOWN = 8
"""Fewest of a topic's top words that must have a vector."""

EARLY_WEIGHT = 0.8
"""Weight of a word relative to the one before it, in `TopicWords.early_coherence`: readers take a
topic's meaning from its first words."""

_NO_DEFINITION = "by vectors of English words"

EMBEDDING_COHERENCE, EXPECTED_RATING = "embedding_coherence", "expected_rating"

METRICS = {
    EMBEDDING_COHERENCE: MetricSpec(
        "higher",
        "Are a topic's top words close in meaning, by word vectors that no run has used? English.",
    ),
    EXPECTED_RATING: MetricSpec(
        "higher",
        "How related would people call a topic's top words? 1: not, 2: somewhat, 3: very. English.",
    ),
}


class TopicWords(NamedTuple):
    """What is known of the words of each topic.

    Attributes
    ----------
    coherence : (num_topics,) float64
        Embedding coherence; NaN for a topic with fewer than eight known words.
    early_coherence : (num_topics,) float64
        The same with more weight on the first words; NaN in the same topics.
    log_rank : (num_topics,) float64
        log(10 + rank by frequency in English), averaged; NaN in the same topics.
    """

    coherence: NDArray[np.float64]
    early_coherence: NDArray[np.float64]
    log_rank: NDArray[np.float64]


class RatingModel(NamedTuple):
    """Logistic model of the ratings: 1 + 2 / (1 + exp(−z)).

    z = intercept + coherence · c + c_v · v + log_rank · f + c_v_by_log_rank · v · f, with the
    topic's `TopicWords.early_coherence` c, its C_V v and its `TopicWords.log_rank` f.
    """

    intercept: float
    coherence: float
    c_v: float
    log_rank: float
    c_v_by_log_rank: float


RATING_MODEL = RatingModel(-6.392, 6.622, 11.21, 0.32, -0.9871)
"""Fitted by scripts/bench_people.py on 300 topics: Hoyle, Goel, Hian-Cheong, Peskov, Boyd-Graber &
Resnik (2021), https://arxiv.org/abs/2107.02173, data of the repository ahoho/topics (MIT licence).
C_V there is counted as here, in the topics' own corpus over the top 10 words. It counts for less
where words are rare: rare words occur in bursts, which raises it."""

RATING_ERROR = 0.3
"""Root mean square error for one topic of a corpus that was left out of the fit."""


def measure(evidence: EvaluationInputs, counted: Sequence[Metric]) -> list[Metric]:
    """Return embedding coherence and expected rating over the top 10 words.

    Parameters
    ----------
    evidence : EvaluationInputs
    counted : sequence of Metric
        Among them C_V of the same topics, so that it is not counted twice.
    """
    words, table = top(evidence.top_words, TOP_N), evidence.word_vectors
    if table is None:
        reason = Message(
            "there are word vectors for English (en) only, the texts are in: {languages}",
            languages=", ".join(evidence.languages),
        )
        return [Metric(name, None, _NO_DEFINITION, reason=reason) for name in METRICS]
    described = describe_words(words, evidence.vocabulary, table)
    (c_v,) = (metric.per_topic for metric in counted if metric.name == "C_V")
    undefined = Message("has fewer than {n_least} top words with a vector", n_least=MIN_KNOWN)
    return [
        mean_over_topics(
            EMBEDDING_COHERENCE,
            described.coherence,
            Message(
                "mean cosine of all pairs of the top {n_words} words by their vectors "
                "({n_vectors} English words; {source})",
                n_words=words.shape[1],
                n_vectors=len(table.rank),
                source=table.source,
            ),
            undefined=undefined,
            seed=evidence.seed,
        ),
        mean_over_topics(
            EXPECTED_RATING,
            expected_rating(described, np.array(c_v, dtype=float)),
            Message(
                "fitted on what people said of 300 topics (Hoyle et al. 2021), from embedding "
                "coherence, C_V in {reference} and the words' frequency in English; a topic's "
                "error is ±{error} (root mean square)",
                reference=evidence.reference_name,
                error=RATING_ERROR,
            ),
            undefined=Message("{undefined}, or no C_V", undefined=undefined),
            seed=evidence.seed,
            documents=evidence.reference_name,
        ),
    ]


def describe_words(
    top_words: NDArray[np.integer[Any]], vocabulary: Sequence[str], table: WordVectors
) -> TopicWords:
    """Return the embedding coherence and the mean log rank of each topic's words.

    The mean cosine of all pairs of words: Fang, Macdonald, Ounis & Habel (2016),
    https://doi.org/10.1145/2911451.2914729; TC-W2V of O'Callaghan, Greene, Carthy & Cunningham
    (2015), https://doi.org/10.1016/j.eswa.2015.02.055. Words without a vector are left out.

    Parameters
    ----------
    top_words : (num_topics, n_top) int
        Word ids; `NO_WORD` after the last word of a shorter topic.
    vocabulary : sequence of str
    table : WordVectors
    """
    described = np.full((3, len(top_words)), np.nan)
    for k, words in enumerate(top_words):
        vectors, log_ranks = table.look_up([vocabulary[v] for v in words[words != NO_WORD]])
        known = np.flatnonzero(~np.isnan(log_ranks))
        if len(known) >= MIN_KNOWN:
            described[:, k] = (
                _mean_cosine(vectors[known], np.ones(len(known))),
                _mean_cosine(vectors[known], np.power(EARLY_WEIGHT, known)),
                log_ranks[known].mean(),
            )
    return TopicWords(*described)


def _mean_cosine(vectors: NDArray[np.float32], weights: NDArray[np.float64]) -> float:
    """Return the mean cosine of all pairs of unit vectors, with the product of their weights."""
    total = weights @ vectors
    own = (weights**2).sum()  # a vector's cosine with itself is 1
    return float((total @ total - own) / (weights.sum() ** 2 - own))


def expected_rating(
    words: TopicWords, c_v: NDArray[np.float64], model: RatingModel = RATING_MODEL
) -> NDArray[np.float64]:
    """Return the mean rating from 1 to 3 that people are expected to give each topic.

    Parameters
    ----------
    words : TopicWords
    c_v : (num_topics,) float64
        Of `theta.evaluation.coherence.c_v`.
    model : RatingModel

    Returns
    -------
    (num_topics,) float64
        NaN where an argument is.
    """
    z = model.intercept + rating_features(words, c_v) @ np.array(model[1:])
    return np.asarray(1 + 2 / (1 + np.exp(-z)))


def rating_features(words: TopicWords, c_v: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the slopes of `RatingModel` multiply: (num_topics, 4)."""
    return np.column_stack([words.early_coherence, c_v, words.log_rank, c_v * words.log_rank])
