"""How unlike its training corpus the documents are that a run is applied to.

A reference is kept with the run: how like the training documents the corpus' own held-out
documents are. New documents are ranked among these.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.contracts import Corpus, Embeddings, ModelInputs, Split
from theta.corpus.apply import CorpusRules
from theta.corpus.recognition import decide_language
from theta.evaluation.perplexity import completion_log_likelihood
from theta.pipeline.drift_report import EDGE, DriftReport, describe

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLED_TRAINING = 1_000
_SAMPLED_HELD_OUT = 2_000
_SAMPLED_TEXTS = 1_000
"""Documents that the nearest is sought among, that new ones are ranked among, and that the
language is judged by."""

_FEWEST = 20
"""Held-out documents below which ranks among them say nothing."""

SAMPLE, BACKGROUND, SIMILARITY = "sample", "background", "likeness"


def make_reference(
    corpus: Corpus,
    embeddings: Embeddings | None,
    doc_topic: NDArray[np.float32],
    topic_word: NDArray[np.float32],
) -> dict[str, NDArray[Any]]:
    """Return what new documents are compared with.

    Parameters
    ----------
    corpus : Corpus
    embeddings : Embeddings, optional
        Where the model reads them, similarity is judged by them, else by the words.
    doc_topic : (n_docs, num_topics)
    topic_word : (num_topics, n_words)

    Returns
    -------
    mapping
        ``sample`` (n, dim) or ``background`` (n_words,), and ``similarity`` (n_held_out,), sorted.
    """
    draw = np.random.default_rng(0)
    train = corpus.rows(Split.TRAIN)
    held_out = _drawn(np.flatnonzero(corpus.split != Split.TRAIN), _SAMPLED_HELD_OUT, draw)
    reference: dict[str, NDArray[Any]]
    if embeddings is None:
        counts = np.asarray(corpus.bow[train].sum(axis=0), dtype=np.float64).ravel() + 1
        reference = {BACKGROUND: (counts / counts.sum()).astype(np.float32)}
    else:
        sample = embeddings.documents[_drawn(train, _SAMPLED_TRAINING, draw)]
        reference = {SAMPLE: np.asarray(sample, dtype=np.float16)}
    inputs = ModelInputs(
        corpus.bow[held_out], None if embeddings is None else embeddings.documents[held_out]
    )
    found = similarity(reference, inputs, doc_topic[held_out], topic_word)
    reference[SIMILARITY] = np.sort(found[np.isfinite(found)]).astype(np.float32)
    return reference


def _drawn(rows: NDArray[np.intp], n: int, draw: np.random.Generator) -> NDArray[np.intp]:
    return rows if len(rows) <= n else np.sort(draw.choice(rows, n, replace=False))


def similarity(
    reference: Mapping[str, NDArray[Any]],
    inputs: ModelInputs,
    doc_topic: NDArray[np.float32],
    topic_word: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Return how like the training documents each document is; NaN where nothing tells.

    With embeddings: the cosine to the nearest of a sample of the training documents (Sun, Ming,
    Zhu & Li 2022, Out-of-Distribution Detection with Deep Nearest Neighbors, section 3, k = 1).
    Without: what the topics add per word, log p(word | θ, β) − log p(word).

    Parameters
    ----------
    reference : mapping
        Of `make_reference`.
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


class DriftMeter:
    """Collects, chunk by chunk and in constant memory, what the report says.

    Parameters
    ----------
    rules : CorpusRules
    reference : mapping
        Of `make_reference`.
    topic_word : (num_topics, n_words)
    topic_shares : (num_topics,)
        Mean θ of the corpus.
    """

    def __init__(
        self,
        rules: CorpusRules,
        reference: Mapping[str, NDArray[Any]],
        topic_word: NDArray[np.float32],
        topic_shares: NDArray[np.float64],
    ) -> None:
        self._rules = rules
        self._reference = reference
        self._topic_word = topic_word
        self._topic_shares = topic_shares
        self._weights = np.zeros(len(topic_shares))
        self._rows = self._bad = self._documents = self._unknown = 0
        self._known_words = self._words = 0
        self._ranks = self._ranked = self._at_edge = 0.0
        self._texts: list[str] = []
        self._draw = random.Random(0)

    def add_rows(self, n_rows: int, n_bad: int) -> None:
        """Count the rows of a chunk, and those that could not be read."""
        self._rows += n_rows
        self._bad += n_bad

    def add(
        self,
        texts: Sequence[str],
        inputs: ModelInputs,
        candidates: NDArray[np.int64],
        doc_topic: NDArray[np.float32],
    ) -> None:
        """Take in documents that have a text.

        Parameters
        ----------
        texts : sequence of str
        inputs : ModelInputs
        candidates : (n_docs,)
            Words that could stand in a vocabulary.
        doc_topic : (n_docs, num_topics)
        """
        known = np.asarray(inputs.bow.sum(axis=1)).ravel()
        self._sample(texts)
        self._documents += len(texts)
        self._unknown += int((known == 0).sum())
        self._known_words += int(known.sum())
        self._words += int(candidates.sum())
        self._weights += doc_topic.sum(axis=0, dtype=np.float64)
        found = similarity(self._reference, inputs, doc_topic, self._topic_word)
        found = found[~np.isnan(found)].astype(np.float32)
        among = self._reference[SIMILARITY]
        if len(among) < _FEWEST:
            return
        below = np.searchsorted(among, found, "left") + np.searchsorted(among, found, "right")
        self._ranks += float(below.sum()) / (2 * len(among))
        self._ranked += len(found)
        self._at_edge += int((found < np.quantile(among, EDGE)).sum())

    def _sample(self, texts: Sequence[str]) -> None:
        # Algorithm R (Vitter 1985): every document is in the sample with the same probability.
        for seen, text in enumerate(texts, start=self._documents):
            if len(self._texts) < _SAMPLED_TEXTS:
                self._texts.append(text)
            elif (place := self._draw.randrange(seen + 1)) < _SAMPLED_TEXTS:
                self._texts[place] = text

    def report(self) -> DriftReport:
        """Return what was found."""
        drift, reason, error, unlike = None, None, None, None
        n, among = self._ranked, len(self._reference[SIMILARITY])
        if among < _FEWEST:
            reason = (
                f"the corpus has {among} held-out documents to compare with, fewer than {_FEWEST}"
            )
        elif n == 0:
            reason = "no document has a known word"
        else:
            drift = 1 - self._ranks / n
            unlike = self._at_edge / n
            error = math.sqrt((n + among + 1) / (12 * n * among))
        oov = 1 - self._known_words / self._words if self._words else None
        language = decide_language(self._texts).code
        known = [rules.language for rules in self._rules.words]
        counted = max(self._documents, 1)
        facts: dict[str, Any] = {
            "drift": drift,
            "drift_reason": reason,
            "standard_error": error,
            "unlike_share": unlike,
            "similarity": "nearest training document" if SAMPLE in self._reference else "words",
            "rows": self._rows,
            "documents": self._documents,
            "bad_rows": self._bad,
            "empty": self._rows - self._bad - self._documents,
            "without_known_word": self._unknown,
            "oov_share": oov,
            "oov_share_corpus": 1 - self._rules.coverage,
            "language": language,
            "language_corpus": language if language in known else self._rules.language,
            "topic_shares": (self._weights / counted).tolist(),
            "topic_shares_corpus": self._topic_shares.tolist(),
        }
        return DriftReport(tuple(describe(facts)), **facts)
