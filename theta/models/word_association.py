"""How far two words belong together: by co-occurrence and by meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.models.document_space import unit_rows
from theta.models.topic_words import normalized_pmi

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csc_array, csr_array

    from theta.contracts import Tokens

_MOST = 0.4
"""Co-occurrence above it counts no more: such words hardly occur apart, as in names, addresses and
signatures, which say little about a subject."""

_ADDED_TO_PASSAGES = 0.3
"""Pseudo-count of `normalized_pmi` for passages. A document has several, so a pair is rarer."""


@dataclass(frozen=True)
class Association:
    """How far two words belong together: a weighted sum of two measures.

    Attributes
    ----------
    counts : (n_train, n_words) csr_array
        Of the training documents; only the presence of words matters.
    coherence_weight : float
        Weight of their normalised pointwise mutual information (Bouma 2009, equation 7).
    vectors : (n_words, dim) array, optional
        Word embeddings.
    meaning_weight : float
        Weight of the cosine of their embeddings. These are centred first: what all words share
        differs between embedding models.
    passages : (n_passages, n_words) csr_array, optional
        As `counts`, for the passages of these documents. The information is then the mean of that
        in documents and that in passages, of at most 0.4 each.
    """

    counts: csr_array
    coherence_weight: float
    vectors: NDArray[np.floating[Any]] | None = None
    meaning_weight: float = 0.0
    passages: csr_array | None = None

    @property
    def is_zero(self) -> bool:
        """Whether no pair of words counts."""
        return self.coherence_weight == 0 and (self.meaning_weight == 0 or self.vectors is None)

    def among(self, candidates: NDArray[np.intp]) -> list[NDArray[np.float32]]:
        """Return the association of the candidates of each topic, 0 on the diagonals.

        Parameters
        ----------
        candidates : (num_topics, n) int

        Returns
        -------
        list of (n, n) float32
        """
        documents = _presence(self.counts)
        passages = None if self.passages is None else _presence(self.passages)
        units = None
        if self.vectors is not None and self.meaning_weight:
            vectors = np.asarray(self.vectors, dtype=np.float32)
            units = unit_rows(vectors - vectors.mean(axis=0))
        found = []
        for words in candidates:
            information: NDArray[np.floating[Any]] = normalized_pmi(documents[:, words])
            if passages is not None:
                near = normalized_pmi(passages[:, words], _ADDED_TO_PASSAGES)
                information = (np.minimum(information, _MOST) + np.minimum(near, _MOST)) / 2
            association = self.coherence_weight * information
            if units is not None:
                association += self.meaning_weight * (units[words] @ units[words].T)
                np.fill_diagonal(association, 0)
            found.append(association.astype(np.float32))
        return found


def passages_of(tokens: Tokens, n_words: int, length: int) -> csr_array:
    """Return which words occur in the passages of documents, as counts.

    A document is cut into passages of equal length, as few as possible.

    Parameters
    ----------
    tokens : Tokens
    n_words : int
        Size of the vocabulary.
    length : int
        Maximum number of tokens in a passage.

    Returns
    -------
    (n_passages, n_words) csr_array
    """
    from scipy.sparse import csr_array

    lengths = np.diff(tokens.starts)
    n_passages = np.maximum(-(-lengths // length), 1)
    first = np.cumsum(n_passages) - n_passages
    position = np.arange(len(tokens.ids)) - np.repeat(tokens.starts[:-1], lengths)
    share = position * np.repeat(n_passages, lengths) // np.repeat(lengths, lengths)
    passage = np.repeat(first, lengths) + share
    ones = np.ones(len(tokens.ids), dtype=np.int32)
    return csr_array((ones, (passage, tokens.ids)), shape=(int(n_passages.sum()), n_words))


def _presence(counts: csr_array) -> csc_array:
    """Return 1 for each count above 0."""
    occurs = counts.astype(np.float32).tocsc()
    occurs.sum_duplicates()
    occurs.data = np.ones_like(occurs.data)
    return occurs
