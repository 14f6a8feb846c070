"""Drift: how much new documents differ from the training corpus of a run.

The run keeps a reference, the similarity of the corpus' own held-out documents to its training
documents. New documents are ranked among these.
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
"""Size of the sample of documents from which the language is recognized."""

_MIN_HELD_OUT = 20
"""Fewest held-out documents against which ranks are meaningful."""


class DriftMeter:
    """Collects the statistics of a `DriftReport` chunk by chunk, in constant memory.

    Parameters
    ----------
    rules : CorpusRules
    reference : mapping
        Result of `theta.run.reference.make_reference`.
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
        """Count the rows of a chunk, and how many of them could not be read."""
        self._rows += n_rows
        self._bad += n_bad

    def add(
        self,
        texts: Sequence[str],
        inputs: ModelInputs,
        candidates: NDArray[np.int64],
        doc_topic: NDArray[np.float32],
    ) -> None:
        """Add documents that have a text.

        Parameters
        ----------
        texts : sequence of str
        inputs : ModelInputs
        candidates : (n_docs,)
            Number of words in each document that could be in a vocabulary.
        doc_topic : (n_docs, num_topics)
        """
        known = np.asarray(inputs.bow.sum(axis=1)).ravel()
        self._sample(texts)
        self._documents += len(texts)
        self._unknown += int((known == 0).sum())
        self._known_words += int(known.sum())
        self._words += int(candidates.sum())
        self._weights += doc_topic.sum(axis=0, dtype=np.float64)
        scores = similarity(self._reference, inputs, doc_topic, self._topic_word)
        scores = scores[~np.isnan(scores)].astype(np.float32)
        held_out = self._reference[SIMILARITY]
        if len(held_out) < _MIN_HELD_OUT:
            return
        left, right = (np.searchsorted(held_out, scores, side) for side in ("left", "right"))
        self._ranks += float((left + right).sum()) / (2 * len(held_out))
        self._ranked += len(scores)
        self._at_edge += int((scores < np.quantile(held_out, EDGE)).sum())

    def _sample(self, texts: Sequence[str]) -> None:
        # Algorithm R (Vitter 1985): every document is in the sample with the same probability.
        for seen, text in enumerate(texts, start=self._documents):
            if len(self._texts) < _SAMPLED_TEXTS:
                self._texts.append(text)
            elif (position := self._draw.randrange(seen + 1)) < _SAMPLED_TEXTS:
                self._texts[position] = text

    def report(self) -> DriftReport:
        """Return the drift of all documents added."""
        drift, reason, error, unlike = None, None, None, None
        n, n_held_out = self._ranked, len(self._reference[SIMILARITY])
        if n_held_out < _MIN_HELD_OUT:
            reason = (
                f"the corpus has {n_held_out} held-out documents to compare with, fewer than "
                f"{_MIN_HELD_OUT}"
            )
        elif n == 0:
            reason = "no document has a known word"
        else:
            drift = 1 - self._ranks / n
            unlike = self._at_edge / n
            error = math.sqrt((n + n_held_out + 1) / (12 * n * n_held_out))
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
