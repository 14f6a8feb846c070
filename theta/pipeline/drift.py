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

from theta.contracts import ModelInputs
from theta.corpus.apply import CorpusRules
from theta.corpus.recognition import decide_language
from theta.pipeline.drift_report import EDGE, DriftReport, describe
from theta.run.reference import SAMPLE, SIMILARITY, similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLED_TEXTS = 1_000
"""Documents from which the language is recognized."""

_FEWEST = 20
"""Held-out documents below which ranks among them say nothing."""


class DriftMeter:
    """Collects, chunk by chunk and in constant memory, what the report says.

    Parameters
    ----------
    rules : CorpusRules
    reference : mapping
        Of `theta.run.reference.make_reference`.
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
