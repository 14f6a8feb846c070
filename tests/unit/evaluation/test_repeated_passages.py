from __future__ import annotations

import numpy as np
import pytest

from theta.contracts import Tokens
from theta.evaluation.repeated_passages import attached_words, repetition


def tokens_of(*documents: list[int]) -> Tokens:
    starts = np.cumsum([0, *map(len, documents)])
    return Tokens(starts.astype(np.int64), np.concatenate(documents).astype(np.int32))


SIGNATURE = [1, 2, 3, 4, 20, 21, 22, 5]


def test_a_signature_is_repeated_and_the_texts_above_it_are_not() -> None:
    tokens = tokens_of(
        [10, 11, 12, *SIGNATURE], [13, 14, *SIGNATURE], [15, 10, 16, *SIGNATURE], [17, 11, 5]
    )
    found = repetition(tokens, np.arange(4), np.array([1, 5, 10, 99]))
    # 5 also occurs outside of the signature, in one of four documents; 99 does not occur.
    np.testing.assert_allclose(found.words, [1, 0.75, 0, 0])
    assert found.text == pytest.approx(24 / 35)


def test_two_documents_are_too_few_and_a_passage_does_not_cross_documents() -> None:
    twice = tokens_of(SIGNATURE, SIGNATURE, [7, *SIGNATURE[:7]], [5, 9], [8, *SIGNATURE[:7]], [5])
    assert repetition(twice, np.arange(6), np.array([1])).text == 0
    three = tokens_of(SIGNATURE, SIGNATURE, [0], SIGNATURE)
    assert repetition(three, np.array([0, 1, 3]), np.array([1])).words.tolist() == [1]
    # The same passage twice in a document is of one document.
    own = tokens_of(SIGNATURE, [*SIGNATURE, 9, *SIGNATURE])
    assert repetition(own, np.arange(2), np.array([1])).text == 0


def test_documents_without_a_whole_passage_repeat_nothing() -> None:
    tokens = tokens_of([1, 2], [1])
    assert repetition(tokens, np.arange(2), np.array([1])) == (np.zeros(1), 0.0)
    none = repetition(tokens, np.zeros(0, np.intp), np.array([1]))
    assert (none.words.tolist(), none.text) == ([0.0], 0.0)


def test_random_documents_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        documents = [rng.integers(0, 2, rng.integers(0, 30)).tolist() for _ in range(5)]
        owners: dict[tuple[int, ...], set[int]] = {}
        for number, words in enumerate(documents):
            for at in range(len(words) - 7):
                owners.setdefault(tuple(words[at : at + 8]), set()).add(number)
        repeated = {
            (number, at + offset)
            for number, words in enumerate(documents)
            for at in range(len(words) - 7)
            if len(owners[tuple(words[at : at + 8])]) >= 3
            for offset in range(8)
        }
        n_tokens = sum(map(len, documents))
        found = repetition(tokens_of(*documents), np.arange(5), np.array([1]))
        assert found.text == pytest.approx(len(repeated) / n_tokens)


def test_words_of_a_signature_are_attached() -> None:
    tokens = tokens_of(
        [10, 11, 12, *SIGNATURE], [13, 14, 10, *SIGNATURE], [15, 10, 16, *SIGNATURE], [17, 11, 5]
    )
    # The first document is where the signature comes from. So 5 is attached in two documents of
    # four, the others in two of three.
    assert np.flatnonzero(attached_words(tokens, 30)).tolist() == [1, 2, 3, 4, 20, 21, 22]


def test_documents_that_are_copies_attach_nothing() -> None:
    # A campaign: everybody sends the same letter, with or without a word of greeting.
    letters = tokens_of([10, *SIGNATURE], [*SIGNATURE], [11, *SIGNATURE, 12], [*SIGNATURE])
    assert not attached_words(letters, 30).any()
    # Two documents are no pattern.
    assert not attached_words(
        tokens_of([10, 11, 12, *SIGNATURE], [13, 14, 10, *SIGNATURE]), 30
    ).any()
    assert not attached_words(tokens_of([]), 3).any()
