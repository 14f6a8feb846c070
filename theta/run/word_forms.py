"""Forms of one English word, plurals and possessives: one of each in a list of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

_OTHER_MEANING = frozenset({"arms", "customs", "goods", "means", "news"})
"""Words that are seldom the plural of what they would be the plural of."""

_MIN_LENGTH = 3
"""Least length of a word that has forms: shorter ones are mostly abbreviations."""


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


def fold_forms(ranked: NDArray[np.intp], forms: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return ranked words with only the best of the forms of each word first, the others last.

    Parameters
    ----------
    ranked : (num_topics, n_words) int
        All words of each topic, best first.
    forms : (n_words,) int
        Result of `english_forms`.

    Returns
    -------
    (num_topics, n_words) int
    """
    folded = np.empty_like(ranked)
    for own, words in zip(folded, ranked, strict=True):
        _, first = np.unique(forms[words], return_index=True)
        is_best = np.zeros(len(words), dtype=bool)
        is_best[first] = True
        own[:] = np.concatenate([words[is_best], words[~is_best]])
    return folded


def written_words(
    listed: NDArray[np.intp],
    ranked: NDArray[np.intp],
    vocabulary: Sequence[str],
    forms: NDArray[np.intp] | None,
) -> list[list[str]]:
    """Return the listed words of each topic, each with its other forms: ``gun(s)``.

    Parameters
    ----------
    listed, ranked : (num_topics, n) int
        The first words of each topic with and without folding.
    vocabulary : sequence of str
    forms : (n_words,) int, optional
        Result of `english_forms`; None for no folding.
    """
    if forms is None:
        return [[vocabulary[word] for word in words] for words in listed.tolist()]
    return [
        [
            _written([vocabulary[word], *(vocabulary[v] for v in own[forms[own] == forms[word]])])
            for word in words
        ]
        for words, own in zip(listed.tolist(), ranked, strict=True)
    ]


def _written(words: Sequence[str]) -> str:
    """Return the forms of one word as one text: ``gun(s)``, ``city/cities``."""
    stem, *longer = sorted(set(words), key=lambda word: (len(word), word))
    if all(word.startswith(stem) for word in longer):
        return stem + "".join(f"({word.removeprefix(stem)})" for word in longer)
    return "/".join([stem, *longer])
