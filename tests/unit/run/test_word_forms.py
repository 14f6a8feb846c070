"""Forms of English words, in the vocabulary and among the first ten words of a topic."""

from __future__ import annotations

import numpy as np
import pytest

from theta.run.word_forms import english_forms, fold_forms, written_words


@pytest.mark.parametrize(
    ("base", "form"),
    [
        ("armenian", "armenians"),
        ("armenian", "armenian's"),
        ("city", "cities"),
        ("class", "classes"),
        ("church", "churches"),
        ("virus", "viruses"),
        ("base", "bases"),
        ("hero", "heroes"),
        ("gun", "guns"),
    ],
)
def test_a_plural_or_possessive_is_a_form_of_its_singular(base: str, form: str) -> None:
    assert english_forms([form, "other", base]).tolist() == [2, 1, 2]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("new", "news"),
        ("princes", "princess"),
        ("ethic", "ethics"),
        ("corp", "corpses"),
        ("bas", "basis"),
        ("armenian", "armenia"),
        ("wind", "windows"),
    ],
)
def test_other_words_are_not_forms_of_each_other(first: str, second: str) -> None:
    assert english_forms([first, second]).tolist() == [0, 1]


def test_a_plural_without_its_singular_stands_for_itself() -> None:
    assert english_forms(["guns", "gun's"]).tolist() == [0, 1]


def test_three_forms_share_one_number() -> None:
    assert english_forms(["armenians'", "armenians", "armenian"]).tolist() == [2, 2, 2]


WORDS = ["gun", "guns", "weapon", "city", "cities", "gun's"]
RANKED = np.array([[1, 0, 2, 4, 3, 5], [3, 2, 4, 0, 5, 1]])


def test_of_the_forms_of_a_word_the_best_is_listed_and_the_next_words_move_up() -> None:
    folded = fold_forms(RANKED, english_forms(WORDS))
    assert folded.tolist() == [[1, 2, 4, 0, 3, 5], [3, 2, 0, 4, 5, 1]]


def test_a_word_is_written_with_its_other_forms_among_the_first() -> None:
    forms = english_forms(WORDS)
    listed = fold_forms(RANKED, forms)[:, :3]
    assert written_words(listed, RANKED[:, :5], WORDS, forms) == [
        ["gun(s)", "weapon", "city/cities"],
        ["city/cities", "weapon", "gun('s)"],
    ]


def test_without_folding_words_are_written_as_they_are() -> None:
    assert written_words(RANKED[:1, :2], RANKED[:1], WORDS, None) == [["guns", "gun"]]
