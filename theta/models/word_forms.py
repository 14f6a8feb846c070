"""Forms of one English word in a vocabulary: plurals and possessives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from theta.contracts import Corpus

_OTHER_MEANING = frozenset({"arms", "customs", "goods", "means", "news"})
"""Words that are seldom the plural of what they would be the plural of."""

_MIN_LENGTH = 3
"""Least length of a word that has forms: shorter ones are mostly abbreviations."""


def forms_of_words(corpus: Corpus) -> NDArray[np.intp] | None:
    """Return for each word the id that all forms of the word share; None if none are known.

    Parameters
    ----------
    corpus : Corpus
        Forms are known in English only.

    Returns
    -------
    (n_words,) int, optional
    """
    return english_forms(corpus.vocabulary) if "en" in corpus.languages else None


def english_forms(vocabulary: Sequence[str]) -> NDArray[np.intp]:
    """Return for each word the id of its singular, or its own if that is not in the vocabulary.

    Parameters
    ----------
    vocabulary : sequence of str

    Returns
    -------
    (n_words,) int
    """
    ids = {word: i for i, word in enumerate(vocabulary)}
    forms = np.arange(len(vocabulary))
    # Shortest first, so that armenians' follows armenians to armenian.
    for word in sorted(vocabulary, key=len):
        base = next((ids[form] for form in _singulars(word) if form in ids), None)
        if base is not None:
            forms[ids[word]] = forms[base]
    return forms


def _singulars(word: str) -> Iterator[str]:
    """Yield the words that a word can be the plural or the possessive of."""
    for ending in ("'s", "’s", "'", "’"):
        if word.endswith(ending):
            yield word.removesuffix(ending)
    if word in _OTHER_MEANING or len(word) <= _MIN_LENGTH or not word.endswith("s"):
        return
    if word.endswith("ies"):
        yield word[:-3] + "y"
    # Not "princess" of "princes", "ethics" of "ethic", "basis" of "basi" or "bonus" of "bonu".
    if not word.endswith(("ss", "ics", "is", "us")):
        yield word[:-1]
    if word.endswith(("sses", "uses", "xes", "zes", "ches", "shes", "oes")):
        yield word[:-2]
