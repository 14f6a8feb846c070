from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from theta.corpus.vocabulary import (
    Vocabulary,
    WordTable,
    automatic_min_df,
    automatic_size,
    select_vocabulary,
)
from theta.errors import InvalidOption


def select(documents: list[list[str]], size: int | str = "auto", **limits: float) -> Vocabulary:
    words = list(dict.fromkeys(word for document in documents for word in document))
    table = WordTable()
    ids = table.add(words, np.array([sum(d.count(w) for d in documents) for w in words]))
    tf, df = np.zeros((2, table.n_ids), np.int64)
    for word, at in zip(words, ids, strict=True):
        tf[at] = sum(document.count(word) for document in documents)
        df[at] = sum(word in document for document in documents)
    chosen = {"min_df": 1, "max_df": 1.0} | limits
    return select_vocabulary(table, tf, df, len(documents), size=size, **chosen)


DOCUMENTS = st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8), min_size=1)


@given(DOCUMENTS, st.integers(1, 4), st.sampled_from([0.3, 0.5, 0.7, 1.0]))
def test_filters_are_count_vectorizers(
    documents: list[list[str]], min_df: int, max_df: float
) -> None:
    reference = CountVectorizer(analyzer=lambda d: d, min_df=min_df, max_df=max_df)
    try:
        expected = list(reference.fit(documents).get_feature_names_out())
    except ValueError:  # scikit-learn's "no terms remain"
        with pytest.raises(InvalidOption, match="no word is left"):
            select(documents, min_df=min_df, max_df=max_df)
        return
    assert select(documents, min_df=min_df, max_df=max_df).words == expected


def test_most_frequent_first_then_the_alphabet() -> None:
    documents = [["d", "c", "b", "a"], ["d", "c"], ["d"]]  # d 3, c 2, a 1, b 1
    assert select(documents, 3).words == ["a", "c", "d"]
    assert select(documents, 2).words == ["c", "d"]


def test_removed_words_have_reasons() -> None:
    documents = [["all", "rare"], ["all", "two"], ["all", "two"], ["all", "zwei"], ["all", "zwei"]]
    found = select(documents, 1, min_df=2, max_df=0.8)
    assert found.words == ["two"]
    assert found.removed == {
        "all": (5, "in more than 4 training documents"),
        "zwei": (2, "not among the 1 most frequent"),
        "rare": (1, "in fewer than 2 training documents"),
    }


def test_empty_vocabulary_says_the_way_out() -> None:
    with pytest.raises(InvalidOption, match=r"--min_df.*--max_df 0\.5.*--language"):
        select([["a", "b"], ["a", "b"]], min_df=1, max_df=0.5)


@pytest.mark.parametrize(
    ("n_docs", "size"),
    [
        (5, 2000),
        (999, 3000),
        (1_000, 5000),
        (10_000, 8000),
        (99_999, 10_000),
        (100_001, 10_000),
        (1_000_000, 15_000),
    ],
)
def test_automatic_size_is_within_the_documented_table(n_docs: int, size: int) -> None:
    assert automatic_size(n_docs) == size


def test_automatic_min_df() -> None:
    assert [automatic_min_df(n) for n in (4, 49, 50, 243, 500, 2_000, 10**6)] == [
        1,
        1,
        2,
        2,
        3,
        5,
        5,
    ]


def test_word_table_counts_and_keeps_ids() -> None:
    table = WordTable()
    first = table.add(["a", "b"], np.array([1, 2]))
    second = table.add(["b", "c"], np.array([5, 1]))
    assert first.tolist() == [0, 1]
    assert second.tolist() == [1, 2]
    words, ids, counts = table.words()
    assert dict(zip(words, counts.tolist(), strict=True)) == {"a": 1, "b": 7, "c": 1}
    assert ids.tolist() == [0, 1, 2]


def test_word_table_forgets_the_rarest_only() -> None:
    table = WordTable(max_words=10)
    table.add(["often", "twice"], np.array([9, 2]))
    for n in range(10):
        table.add([f"once{n}"], np.array([1]))
    words, ids, _ = table.words()
    assert {"often", "twice"} <= set(words)
    assert len(words) <= 10
    assert table.forgotten == 12 - len(words)
    assert len(set(ids.tolist())) == len(words)
    # A word that comes back has a new id: the old one's tokens are lost, not another word's.
    (again,) = table.add(["once0"], np.array([1])).tolist()
    assert again == 12
