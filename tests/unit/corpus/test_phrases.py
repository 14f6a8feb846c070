"""Phrases: held against gensim's Phrases, and worked by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest
from gensim.models.phrases import Phrases
from hypothesis import given
from hypothesis import strategies as st

from theta.corpus.bow import ChunkRules, tokenize_chunk
from theta.corpus.phrases import PairCounter, PhraseJoiner, join_in_chunk
from theta.corpus.tokenize import TokenRules


def streams(documents: list[list[str]]) -> tuple[list[str], np.ndarray, np.ndarray]:
    words = sorted({word for words in documents for word in words})
    ids = np.array([words.index(word) for text in documents for word in text], np.int32)
    return words, ids, np.array([len(text) for text in documents], np.int32)


def neighbours(lengths: np.ndarray) -> np.ndarray:
    """Every token but the first of a document follows the one before."""
    follows = np.ones(int(lengths.sum()), bool)
    follows[(np.cumsum(lengths) - lengths)[lengths > 0]] = False
    return follows


def found_phrases(documents: list[list[str]], chunk: int, **limits: int) -> set[tuple[str, str]]:
    words, ids, lengths = streams(documents)
    ends = np.cumsum(lengths)
    counter = PairCounter(**limits)
    for first in range(0, len(lengths), chunk):
        part = lengths[first : first + chunk]
        start = int(ends[first] - lengths[first])
        counter.add(ids[start : start + int(part.sum())], neighbours(part))
    one, two, _ = counter.phrases()
    return {(words[a], words[b]) for a, b in zip(one.tolist(), two.tolist(), strict=True)}


def planted(n: int) -> list[list[str]]:
    """Random words; "new york" and "prime minister" stand together, "the city" only by chance."""
    draw = random.Random(0)
    pieces = [["new", "york"], ["prime", "minister"], *[[word] for word in "abcdefghij"]]
    return [
        [word for piece in draw.choices(pieces, k=draw.randint(0, 9)) for word in piece]
        for _ in range(n)
    ]


@pytest.mark.parametrize("chunk", [7, 1000])
def test_phrases_are_gensims(chunk: int) -> None:
    documents = planted(300)
    model = Phrases(documents, min_count=5, threshold=0.5, scoring="npmi")
    expected = {tuple(name.split("_")) for name in model.export_phrases()}
    assert found_phrases(documents, chunk) == expected == {("new", "york"), ("prime", "minister")}


def test_joined_texts_are_gensims() -> None:
    documents = planted(100)
    model = Phrases(documents, min_count=5, threshold=0.5, scoring="npmi")
    words, ids, lengths = streams(documents)
    pairs = [("new", "york"), ("prime", "minister")]
    names, (joined, counts, _) = join_in_chunk(
        words, (ids, lengths, lengths, neighbours(lengths)), pairs
    )
    expected = [model[text] for text in documents]
    assert [names[at] for at in joined.tolist()] == [word for text in expected for word in text]
    assert counts.tolist() == [len(text) for text in expected]


def test_memory_for_pairs_is_bounded() -> None:
    draw = random.Random(1)
    documents = [["new", "york", *draw.choices("abcdefghijklmnop", k=6)] for _ in range(400)]
    counter_limit = 50  # of some 270 pairs
    assert ("new", "york") in found_phrases(documents, 10, max_pairs=counter_limit)


def test_overlaps_documents_and_halves() -> None:
    # a b a b | b a | a a a, with the phrases "a b" and "a a".
    ids = np.array([0, 1, 0, 1, 1, 0, 0, 0, 0], np.int32)
    lengths, halves = np.array([4, 2, 3], np.int32), np.array([3, 1, 2], np.int32)
    joiner = PhraseJoiner(np.array([0, 0]), np.array([1, 0]), np.array([8, 9]))
    joined, counts, first = joiner.join(ids, lengths, halves, neighbours(lengths))
    assert joined.tolist() == [8, 8, 1, 0, 9, 0]
    assert counts.tolist() == [2, 2, 2]
    # The second "a b" ends outside of the first half.
    assert first.tolist() == [1, 1, 1]


@given(st.lists(st.lists(st.integers(0, 3), max_size=8), max_size=5))
def test_joining_is_greedy_from_the_left(documents: list[list[int]]) -> None:
    phrases = {(0, 1): 10, (1, 0): 11, (2, 2): 12}
    ids = np.array([word for words in documents for word in words], np.int32)
    lengths = np.array([len(words) for words in documents], np.int32)
    firsts, seconds = np.array(list(phrases)).T
    joiner = PhraseJoiner(firsts, seconds, np.array(list(phrases.values())))
    joined, counts, _ = joiner.join(ids, lengths, lengths, neighbours(lengths))
    expected = []
    for words in documents:
        left, out = list(words), []
        while left:
            word = left.pop(0)
            if left and (word, left[0]) in phrases:
                word = phrases[word, left.pop(0)]
            out.append(word)
        expected.append(out)
    assert joined.tolist() == [word for words in expected for word in words]
    assert counts.tolist() == [len(words) for words in expected]


def test_words_with_a_removed_word_between_them_are_not_neighbours() -> None:
    rules = TokenRules("en", frozenset({"of", "the"}), lowercase=True, keep_numbers=False)
    texts = ["bank of america", "", "the new york bank", "york the new"]
    chunk = tokenize_chunk(texts, ChunkRules((rules,), clean=False, ngram_max=1))
    words = [chunk.words[at] for at in chunk.ids.tolist()]
    assert words == ["bank", "america", "new", "york", "bank", "york", "new"]
    assert chunk.follows.tolist() == [False, False, False, True, True, False, False]
    pairs = (("bank", "america"), ("new", "york"), ("york", "new"))
    joined = tokenize_chunk(texts, ChunkRules((rules,), False, 1, pairs))
    words = [joined.words[at] for at in joined.ids.tolist()]
    assert words == ["bank", "america", "new_york", "bank", "york", "new"]
