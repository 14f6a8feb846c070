"""Whether a topic consists of passages that many documents share: signatures, templates, copies."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from theta.contracts import Tokens
from theta.evaluation.frequent_keys import may_be_frequent

_LENGTH = 8
"""Words of a passage. Shorter ones find the same topics in 20 Newsgroups, but also those of Reuters
whose reports follow a form (shr, cts, net); longer ones miss short signatures."""

_DOCUMENTS = 3
"""Documents that must share a passage."""

_MULTIPLIER = 1_000_003
"""Of the words of a passage in its key; any large odd number."""


class Repetition(NamedTuple):
    """How much of some documents is repeated in others of them.

    Attributes
    ----------
    words : (n_words,) float64
        For each word, the share of the documents with this word in which it occurs in repeated
        passages only; 0 for a word that does not occur.
    text : float
        Share of all tokens that are in a repeated passage.
    """

    words: NDArray[np.float64]
    text: float


def repetition(
    tokens: Tokens, rows: NDArray[np.intp], words: NDArray[np.integer[Any]]
) -> Repetition:
    """Return how much of some documents is repeated passages, and which words occur only there.

    A passage is eight vocabulary words in a row. It is repeated if three of the documents have it.

    Parameters
    ----------
    tokens : Tokens
        Of the whole corpus.
    rows : (n_docs,) int
        The documents.
    words : (n_words,) int
    """
    own = tokens.at(rows)
    ids = own.ids.astype(np.int64)
    document = np.repeat(np.arange(len(rows)), np.diff(own.starts))
    repeated = _repeated(ids, document)
    shares = np.zeros(len(words))
    for column, word in enumerate(words.tolist()):
        at = ids == word
        n_docs = _n_distinct(document[at])
        if n_docs:
            shares[column] = 1 - _n_distinct(document[at & ~repeated]) / n_docs
    return Repetition(shares, float(repeated.mean()) if len(ids) else 0.0)


def _n_distinct(ascending: NDArray[np.intp]) -> int:
    """Return the number of distinct values."""
    return int(np.count_nonzero(np.diff(ascending))) + 1 if len(ascending) else 0


def _repeated(ids: NDArray[np.int64], document: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which tokens are in a repeated passage."""
    repeated = np.zeros(len(ids), dtype=bool)
    starts = np.flatnonzero(document[: -_LENGTH + 1] == document[_LENGTH - 1 :])
    # Most passages occur once; these keys, equal for equal passages, tell without sorting them.
    keys = np.zeros(len(starts), np.int64)
    for offset in range(_LENGTH):
        keys = keys * _MULTIPLIER + ids[starts + offset]
    starts = starts[may_be_frequent(keys, _DOCUMENTS)]
    passages = np.zeros(len(starts), np.int64)
    for offset in range(_LENGTH):
        words = ids[starts + offset]
        longer = passages * (int(words.max(initial=0)) + 1) + words
        passages = np.unique(longer, return_inverse=True)[1].astype(np.int64)
    n_documents = int(document[-1]) + 1 if len(document) else 1
    owners = np.unique(passages * n_documents + document[starts]) // n_documents
    of_several = np.bincount(owners, minlength=1)[passages] >= _DOCUMENTS
    for offset in range(_LENGTH):
        repeated[starts[of_several] + offset] = True
    return repeated
