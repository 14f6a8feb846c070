from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from theta.corpus.bow import ChunkRules, ChunkTokens, count_words, tokenize_chunk
from theta.corpus.tokenize import TokenRules, tokenizer


def rules(ngram_max: int = 1, *, clean: bool = False, stop: tuple[str, ...] = ()) -> ChunkRules:
    return ChunkRules((TokenRules("und", frozenset(stop), True, False),), clean, ngram_max)


def streams(chunk: ChunkTokens) -> list[list[str]]:
    ends = np.cumsum(chunk.lengths)
    return [
        [chunk.words[at] for at in chunk.ids[end - length : end]]
        for end, length in zip(ends, chunk.lengths, strict=True)
    ]


def test_streams_and_halves_by_hand() -> None:
    # Raw words: "the red fox ran to the den" is 7, the first half its first 4.
    chunk = tokenize_chunk(["the red fox ran to the den", "", "fox"], rules(stop=("the",)))
    assert streams(chunk) == [["red", "fox", "ran", "den"], [], ["fox"]]
    assert chunk.halves.tolist() == [3, 0, 1]
    assert chunk.removed == {"the": (2, "stop word"), "to": (1, "short")}


def test_ngrams_by_hand() -> None:
    chunk = tokenize_chunk(["new york city", "york"], rules(3))
    assert streams(chunk) == [
        ["new", "york", "new york", "city", "york city", "new york city"],
        ["york"],
    ]
    # Half of three words is two: new, york and their pair.
    assert chunk.halves.tolist() == [3, 1]


FRUIT = ["apple", "pear", "plum", "fig", "the", "of", "a", "12", "don't"]
TEXTS = st.lists(
    st.lists(st.sampled_from(FRUIT), max_size=12).map(" ".join), min_size=1, max_size=12
)


@given(TEXTS, st.integers(1, 3))
def test_bag_of_words_is_count_vectorizers(texts: list[str], ngram_max: int) -> None:
    chosen = rules(ngram_max, stop=("the", "don't"))
    chunk = tokenize_chunk(texts, chosen)
    found = tokenizer(chosen.tokens[0])
    reference = CountVectorizer(
        tokenizer=found.words, token_pattern=None, lowercase=False, ngram_range=(1, ngram_max)
    )
    try:
        expected = reference.fit_transform(texts).toarray()
    except ValueError:  # scikit-learn's "empty vocabulary"
        assert chunk.words == []
        return
    bow = count_words(chunk.ids, chunk.lengths, len(chunk.words)).toarray()
    order = [chunk.words.index(word) for word in reference.get_feature_names_out()]
    assert len(order) == len(chunk.words)
    assert (bow[:, order] == expected).all()


def test_counting_leaves_the_stream_as_it_is() -> None:
    ids = np.array([3, 1, 3, 0], np.int32)
    counts = count_words(ids, np.array([3, 1]), 4)
    assert ids.tolist() == [3, 1, 3, 0]
    assert counts.toarray().tolist() == [[0, 1, 0, 2], [1, 0, 0, 0]]
    assert counts.data.dtype == counts.indices.dtype == np.int32
    assert counts.has_sorted_indices


def test_equal_texts_have_equal_digests() -> None:
    chunk = tokenize_chunk(["same text", "other", "  same text "], rules())
    first, second, third = chunk.digests.tolist()
    assert first == third != second


def test_texts_that_cleaning_empties_are_empty() -> None:
    chunk = tokenize_chunk(["<br/> https://example.org", "  \n "], rules(clean=True))
    assert chunk.texts == ["", ""]


def test_half_a_surrogate_pair_is_replaced() -> None:
    chunk = tokenize_chunk(["word \ud800 more"], rules())
    assert chunk.texts == ["word ? more"]
    assert streams(chunk) == [["word", "more"]]


@pytest.mark.parametrize("n", [0, 1])
def test_chunks_without_words(n: int) -> None:
    chunk = tokenize_chunk([""] * n, rules(2))
    assert chunk.words == []
    assert chunk.lengths.tolist() == chunk.halves.tolist() == [0] * n
