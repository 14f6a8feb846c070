"""The words of a topic in a period, estimated from its documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

MIN_DOCS = 10
"""Documents with the topic that the words of a period need."""

N_WORDS = 10

_PRIOR = 1000.0
"""Words that the topic's words of all periods count as, against chance in small periods."""

_UNUSUAL = 1.96
"""Smallest z of a word that is called distinctive."""


@dataclass(frozen=True)
class PeriodWords:
    """The words of a topic in a period.

    Attributes
    ----------
    topic : int
        Row of β.
    begin, end : str
        First and last day, ISO.
    documents : int
        Documents that the words are estimated from.
    words : sequence of str
        The most probable words, best first.
    probabilities : sequence of float
    distinctive : sequence of str
        Words that are more frequent than in the other periods of the topic, the clearest first.
    z : sequence of float
        Of `distinctive`.
    """

    topic: int
    begin: str
    end: str
    documents: int
    words: Sequence[str]
    probabilities: Sequence[float]
    distinctive: Sequence[str] = ()
    z: Sequence[float] = ()


def words_by_period(
    bow: csr_array,
    doc_topic: NDArray[np.floating[Any]],
    topic_word: NDArray[np.floating[Any]],
    codes: NDArray[np.integer[Any]],
    days: Sequence[tuple[str, str]],
    vocabulary: Sequence[str],
) -> list[PeriodWords]:
    """Return the words of each topic in each period with at least `MIN_DOCS` documents with it.

    Each token of a document is shared among the topics by θ_dk β_kw, as in the E step of a topic
    model. The probability of a word is its expected count with the topic's words over all periods
    as a prior of `_PRIOR` tokens. Distinctive words have the largest log odds ratio against the
    other periods (Monroe, Colaresi & Quinn 2008, https://doi.org/10.1093/pan/mpn018).

    Parameters
    ----------
    bow : (n_docs, n_words) csr_array
    doc_topic : (n_docs, num_topics) float
        θ.
    topic_word : (num_topics, n_words) float
        β.
    codes : (n_docs,) int
        The period of each document, negative for none.
    days : sequence of (str, str)
        First and last day of each period.
    vocabulary : sequence of str
    """
    n_periods, n_words = len(days), bow.shape[1]
    rows = np.repeat(np.arange(bow.shape[0]), np.diff(bow.indptr))
    dated = codes[rows] >= 0
    rows, columns, counts = rows[dated], bow.indices[dated], bow.data[dated].astype(np.float64)
    cells = codes[rows].astype(np.int64) * n_words + columns
    mixture = np.zeros(len(rows))
    for theta, beta in zip(doc_topic.T, topic_word, strict=True):
        mixture += theta[rows].astype(np.float64) * beta[columns]
    found: list[PeriodWords] = []
    for topic, (theta, beta) in enumerate(zip(doc_topic.T, topic_word, strict=True)):
        expected = np.divide(
            counts * theta[rows] * beta[columns],
            mixture,
            out=np.zeros(len(rows)),
            where=mixture > 0,
        )
        counted = np.bincount(cells, weights=expected, minlength=n_periods * n_words)
        # A document counts if it has at least one token of the topic.
        own = np.bincount(rows, weights=expected, minlength=len(codes)) >= 1
        documents = np.bincount(codes[own & (codes >= 0)], minlength=n_periods)
        table = counted.reshape(n_periods, n_words).astype(np.float64)
        found += [
            _words_of(table, period, topic, days[period], int(documents[period]), vocabulary)
            for period in np.flatnonzero(documents >= MIN_DOCS).tolist()
        ]
    return found


def _words_of(
    table: NDArray[np.float64],
    period: int,
    topic: int,
    days: tuple[str, str],
    documents: int,
    vocabulary: Sequence[str],
) -> PeriodWords:
    overall = table.sum(axis=0)
    prior = _PRIOR * overall / overall.sum()
    here, elsewhere = table[period] + prior, overall - table[period] + prior
    probability = here / here.sum()
    top = np.argsort(-probability, kind="stable")[:N_WORDS]
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(here / (here.sum() - here)) - np.log(
            elsewhere / (elsewhere.sum() - elsewhere)
        )
        z = np.nan_to_num(odds / np.sqrt(1 / here + 1 / elsewhere), nan=0.0)
    clearest = np.argsort(-z, kind="stable")[:N_WORDS]
    clearest = clearest[z[clearest] >= _UNUSUAL]
    return PeriodWords(
        topic,
        *days,
        documents,
        [vocabulary[v] for v in top],
        [float(f"{value:.5g}") for value in probability[top]],
        [vocabulary[v] for v in clearest],
        [float(f"{value:.3g}") for value in z[clearest]],
    )
