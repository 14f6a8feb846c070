"""Passages that many documents share, such as signatures, templates and copies, and their words."""

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

_ATTACHED = 0.75
"""Maximum share of a document that is attached to it. A document with more is a copy as a whole,
such as a letter of a campaign, and its words are what it says."""

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
    repeated = _covered(_shared_passages(ids, document)[0], len(ids))
    shares = np.zeros(len(words))
    for column, word in enumerate(words.tolist()):
        at = ids == word
        n_docs = _n_distinct(document[at])
        if n_docs:
            shares[column] = 1 - _n_distinct(document[at & ~repeated]) / n_docs
    return Repetition(shares, float(repeated.mean()) if len(ids) else 0.0)


def attached_words(tokens: Tokens, n_words: int) -> NDArray[np.bool_]:
    """Return which words occur mostly in text that is attached to documents, such as signatures.

    Text is attached if it is in passages that an earlier document has, and if the document has text
    of its own besides. Most documents with such a word have it in attached text only.

    Parameters
    ----------
    tokens : Tokens
    n_words : int
        Size of the vocabulary.

    Returns
    -------
    (n_words,) bool
    """
    ids = tokens.ids.astype(np.int64)
    n_docs = len(tokens)
    document = np.repeat(np.arange(n_docs), np.diff(tokens.starts))
    starts, first = _shared_passages(ids, document)
    copied = _covered(starts[first != document[starts]], len(ids))
    n_copied = np.bincount(document[copied], minlength=n_docs)
    attached = copied & (n_copied <= _ATTACHED * np.diff(tokens.starts))[document]
    # Only the words of attached text need to be counted.
    concerned = np.zeros(n_words, dtype=bool)
    concerned[ids[attached]] = True
    kept = concerned[ids]
    ids, document, attached = ids[kept], document[kept], attached[kept]
    elsewhere = _document_frequencies(ids[~attached], document[~attached], n_words)
    return np.asarray(2 * elsewhere < _document_frequencies(ids, document, n_words))


def _document_frequencies(
    ids: NDArray[np.int64], document: NDArray[np.intp], n_words: int
) -> NDArray[np.intp]:
    """Return the number of documents of each word."""
    pairs = np.unique(document * n_words + ids)
    return np.bincount(pairs % n_words, minlength=n_words)


def _n_distinct(ascending: NDArray[np.intp]) -> int:
    """Return the number of distinct values."""
    return int(np.count_nonzero(np.diff(ascending))) + 1 if len(ascending) else 0


def _shared_passages(
    ids: NDArray[np.int64], document: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where passages begin that several documents have, and the first document with each."""
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
    pairs = np.unique(passages * n_documents + document[starts])
    owned, owners = np.divmod(pairs, n_documents)
    first = owners[np.searchsorted(owned, passages)]
    of_several = np.bincount(owned, minlength=1)[passages] >= _DOCUMENTS
    return starts[of_several], first[of_several]


def _covered(starts: NDArray[np.intp], n_tokens: int) -> NDArray[np.bool_]:
    """Return which tokens are in the passages that begin there."""
    covered = np.zeros(n_tokens, dtype=bool)
    for offset in range(_LENGTH):
        covered[starts + offset] = True
    return covered
