"""Drift: how much new documents differ from the training corpus of a run.

The run keeps a reference, the similarity of the corpus' own held-out documents to its training
documents. New documents are ranked among these.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theta.contracts import ModelInputs
from theta.corpus.apply import CorpusRules
from theta.corpus.bow import text_digest
from theta.corpus.recognition import decide_language
from theta.pipeline.drift_report import EDGE, DriftReport, describe
from theta.run.reference import SAMPLE, SIMILARITY, similarity

_SAMPLED_TEXTS = 500
"""Size of the sample of documents from which the language is recognized."""

_SAMPLED_CHARACTERS = 500
"""Characters of a sampled document that are kept."""

_FRACTION = 2**32
"""Topic weights are added as integers of this fraction, so that their sum has no order."""

_MIN_HELD_OUT = 20
"""Fewest held-out documents against which ranks are meaningful."""


@dataclass
class DriftSums:
    """What the drift of documents is computed from; sums of parts are the sums of the whole.

    All are integers, so that the order of adding makes no difference.

    Attributes
    ----------
    rows, bad, documents, without_known_word : int
        Rows; those that could not be read; those with a text; documents without a known word.
    words, known_words : int
        Words that could be in a vocabulary, and those that are.
    weights : list of int
        Sum of θ by topic, in units of 2⁻³².
    ranked, ranks, at_edge : int
        Documents that are ranked among the held-out ones; the sum of the numbers of held-out
        documents below and not above each; how many are at the edge of the corpus.
    texts : dict of str to str
        The beginnings of the documents with the smallest hashes, by hash.
    """

    rows: int = 0
    bad: int = 0
    documents: int = 0
    without_known_word: int = 0
    words: int = 0
    known_words: int = 0
    weights: list[int] = field(default_factory=list)
    ranked: int = 0
    ranks: int = 0
    at_edge: int = 0
    texts: dict[str, str] = field(default_factory=dict)

    def __iadd__(self, other: DriftSums) -> DriftSums:
        for one in fields(self):
            mine, others = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, int):
                setattr(self, one.name, mine + others)
        if other.weights:
            before = self.weights or [0] * len(other.weights)
            self.weights = [a + b for a, b in zip(before, other.weights, strict=True)]
        self.sample(other.texts)
        return self

    def sample(self, texts: Mapping[str, str]) -> None:
        """Take up texts by hash, and keep those with the smallest hashes."""
        together = {**self.texts, **texts}
        self.texts = {name: together[name] for name in sorted(together)[:_SAMPLED_TEXTS]}


class DriftMeter:
    """Collects the `DriftSums` of documents chunk by chunk, in constant memory.

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
        self.sums = DriftSums(weights=[0] * len(topic_shares))

    def add_rows(self, n_rows: int, n_bad: int) -> None:
        """Count the rows of a chunk, and how many of them could not be read."""
        self.sums.rows += n_rows
        self.sums.bad += n_bad

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
        weights = np.rint(doc_topic.astype(np.float64) * _FRACTION).astype(np.int64).sum(axis=0)
        part = DriftSums(
            documents=len(texts),
            without_known_word=int((known == 0).sum()),
            words=int(candidates.sum()),
            known_words=int(known.sum()),
            weights=weights.tolist(),
        )
        # Hexadecimal digits of one length sort like the numbers.
        part.sample({f"{text_digest(text):016x}": text[:_SAMPLED_CHARACTERS] for text in texts})
        scores = similarity(self._reference, inputs, doc_topic, self._topic_word)
        scores = scores[~np.isnan(scores)].astype(np.float32)
        held_out = self._reference[SIMILARITY]
        if len(held_out) >= _MIN_HELD_OUT:
            left, right = (np.searchsorted(held_out, scores, side) for side in ("left", "right"))
            part.ranked = len(scores)
            part.ranks = int((left + right).sum())
            part.at_edge = int((scores < np.quantile(held_out, EDGE)).sum())
        self.sums += part

    def report(self) -> DriftReport:
        """Return the drift of all documents added."""
        drift, reason, error, unlike = None, None, None, None
        sums = self.sums
        n, n_held_out = sums.ranked, len(self._reference[SIMILARITY])
        if n_held_out < _MIN_HELD_OUT:
            reason = (
                f"the corpus has {n_held_out} held-out documents to compare with, fewer than "
                f"{_MIN_HELD_OUT}"
            )
        elif n == 0:
            reason = "no document has a known word"
        else:
            drift = 1 - sums.ranks / (2 * n_held_out * n)
            unlike = sums.at_edge / n
            error = math.sqrt((n + n_held_out + 1) / (12 * n * n_held_out))
        oov = 1 - sums.known_words / sums.words if sums.words else None
        language = decide_language(list(sums.texts.values())).code
        known = [rules.language for rules in self._rules.words]
        counted = max(sums.documents, 1) * _FRACTION
        facts: dict[str, Any] = {
            "drift": drift,
            "drift_reason": reason,
            "standard_error": error,
            "unlike_share": unlike,
            "similarity": "nearest training document" if SAMPLE in self._reference else "words",
            "rows": sums.rows,
            "documents": sums.documents,
            "bad_rows": sums.bad,
            "empty": sums.rows - sums.bad - sums.documents,
            "without_known_word": sums.without_known_word,
            "oov_share": oov,
            "oov_share_corpus": 1 - self._rules.coverage,
            "language": language,
            "language_corpus": language if language in known else self._rules.language,
            "topic_shares": [weight / counted for weight in sums.weights],
            "topic_shares_corpus": self._topic_shares.tolist(),
        }
        return DriftReport(tuple(describe(facts)), **facts)
