"""The ranking of THETA for the topics of other models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Corpus, Embeddings, Split, TopicModelOutput
from theta.models.theta_options import ThetaOptions
from theta.models.word_ranking import rank_topics

RANKED = "words_ranked"
"""Fact of a run whose words are ranked by THETA's ranking instead of the model's own."""

_LEAST = np.float32(1e-12)
"""Least probability of a word: one in no topic has shares too."""


def ranked_as_theta(
    output: TopicModelOutput, corpus: Corpus, embeddings: Embeddings | None
) -> TopicModelOutput:
    """Return the topics of a model with their words ranked as THETA ranks by default.

    Parameters
    ----------
    output : TopicModelOutput
    corpus : Corpus
    embeddings : Embeddings, optional
        Without them, meaning does not count.
    """
    doc_topic = output.doc_topic[corpus.rows(Split.TRAIN)]
    scores = scores_as_theta(output.topic_word, corpus, embeddings, doc_topic)
    return replace(output, word_scores=scores, facts={**output.facts, RANKED: True})


def scores_as_theta(
    topic_word: NDArray[np.float32],
    corpus: Corpus,
    embeddings: Embeddings | None,
    doc_topic: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Return the scores by which THETA ranks the words of topics: (num_topics, n_words).

    Parameters
    ----------
    topic_word : (num_topics, n_words) float32
        β, which may have zeros.
    corpus : Corpus
    embeddings : Embeddings, optional
    doc_topic : (n_train, num_topics) float32, optional
        θ of the training documents; see `rank_topics` for None.
    """
    log_topic_word = np.log(np.maximum(topic_word, _LEAST))
    vectors = None if embeddings is None else embeddings.words
    return rank_topics(log_topic_word, corpus, vectors, ThetaOptions(), doc_topic)
