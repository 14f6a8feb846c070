"""Whether a topic consists of passages that many documents share: signatures, templates, copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from theta.contracts import Tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DOUBLINGS = 3
_LENGTH = 2**_DOUBLINGS
"""Words of a passage. Shorter ones find the same topics in 20 Newsgroups, but also those of Reuters
whose reports follow a form (shr, cts, net); longer ones miss short signatures."""

_DOCUMENTS = 3
"""Documents that must share a passage."""


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
    n_passages = len(ids) - _LENGTH + 1
    if n_passages < 1:
        return repeated
    passages = ids
    for doubling in range(_DOUBLINGS):
        # Two halves are a passage. Numbered anew where two numbers would not fit into 64 bits.
        half, n_numbers = 2**doubling, int(passages.max()) + 1
        passages = passages[:-half] * n_numbers + passages[half:]
        if doubling == _DOUBLINGS - 1 or n_numbers**4 > np.iinfo(np.int64).max:
            passages = np.unique(passages, return_inverse=True)[1].astype(np.int64)
    whole = document[:n_passages] == document[_LENGTH - 1 :]
    pairs = passages[whole] * (int(document[-1]) + 1) + document[:n_passages][whole]
    owners = np.unique(pairs) // (int(document[-1]) + 1)
    n_documents = np.bincount(owners, minlength=int(passages.max()) + 1)
    starts = np.flatnonzero(whole & (n_documents[passages] >= _DOCUMENTS))
    for offset in range(_LENGTH):
        repeated[starts + offset] = True
    return repeated
