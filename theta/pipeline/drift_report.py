"""The drift of new documents from the training corpus, in numbers and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from theta.corpus.languages import UNDETERMINED, language_name

EDGE = 0.05
"""Share of the held-out documents that counts as the edge of the corpus."""

_SLIGHT, _STRONG = 0.6, 0.75
"""Drift from which documents are called somewhat unlike and unlike the corpus."""

_ERRORS = 2.0
"""Number of standard errors within which the drift may be chance."""


@dataclass(frozen=True)
class DriftReport:
    """The drift of new documents from the training corpus.

    Attributes
    ----------
    sentences : tuple of str
        The numbers in plain words.
    drift : float or None
        Probability that a held-out document of the corpus is more like the training documents
        than a new one (Mann & Whitney's U, divided by the number of pairs): 0.5 means no drift,
        1 that all new documents are less like them. None if it cannot be computed.
    drift_reason : str or None
        Why `drift` is None.
    standard_error : float or None
        Standard error of `drift` if there is no drift.
    unlike_share : float or None
        Share of the new documents less like the training documents than 95 % of the held-out
        documents of the corpus: 0.05 is expected.
    similarity : str
        What similarity is computed from.
    rows, documents : int
        Rows of the file, and those with a text.
    bad_rows, empty : int
        Rows that could not be read, and those without a text.
    without_known_word : int
        Documents without a word of the vocabulary.
    oov_share, oov_share_corpus : float or None
        Share of words outside the vocabulary, stop words excluded, here and in the corpus.
    language, language_corpus : str
        ISO 639-1 codes; ``und`` if not recognized.
    topic_shares, topic_shares_corpus : sequence of float
        Mean weight of each topic, here and in the corpus.
    """

    sentences: tuple[str, ...]
    drift: float | None
    drift_reason: str | None
    standard_error: float | None
    unlike_share: float | None
    similarity: str
    rows: int
    documents: int
    bad_rows: int
    empty: int
    without_known_word: int
    oov_share: float | None
    oov_share_corpus: float
    language: str
    language_corpus: str
    topic_shares: Sequence[float]
    topic_shares_corpus: Sequence[float]

    def to_json(self) -> dict[str, Any]:
        """Return the content of the drift file, under the keys of that format."""
        return {
            "likeness" if name == "similarity" else name: value
            for name, value in asdict(self).items()
        }


def describe(facts: Mapping[str, Any]) -> list[str]:
    """Return the numbers of a report in plain words."""
    sentences = [_verdict(facts)]
    language, corpus_language = facts["language"], facts["language_corpus"]
    if language != corpus_language and UNDETERMINED not in (language, corpus_language):
        sentences.append(
            f"They look {language_name(language).capitalize()}, the corpus is "
            f"{language_name(corpus_language).capitalize()}."
        )
    if facts["oov_share"] is not None:
        sentences.append(
            f"{facts['oov_share']:.0%} of their words are outside the vocabulary "
            f"({facts['oov_share_corpus']:.0%} in the corpus)."
        )
    if facts["without_known_word"]:
        sentences.append(
            f"Documents without a known word: {facts['without_known_word']:,} of "
            f"{facts['documents']:,}."
        )
    if facts["empty"] or facts["bad_rows"]:
        sentences.append(
            f"{facts['empty']:,} rows are empty and {facts['bad_rows']:,} could not be read; these "
            "have no topics."
        )
    return sentences


def _verdict(facts: Mapping[str, Any]) -> str:
    drift = facts["drift"]
    if drift is None:
        return f"Their similarity to the training corpus is unknown: {facts['drift_reason']}."
    number = f"drift {drift:.2f} on a scale from 0.5 (none) to 1"
    if drift - 0.5 < _ERRORS * facts["standard_error"]:
        if drift >= _SLIGHT:
            return (
                f"Too few documents to tell whether they are like the training corpus ({number}, "
                "but this may be chance)."
            )
        return f"These documents are like the training corpus ({number}; within chance)."
    how = (
        "hardly less like the training corpus than its own held-out documents"
        if drift < _SLIGHT
        else "somewhat unlike the training corpus"
        if drift < _STRONG
        else "unlike the training corpus"
    )
    return (
        f"These documents are {how} ({number}): {facts['unlike_share']:.0%} of them are further "
        f"from it than all but {EDGE:.0%} of its own held-out documents."
    )
