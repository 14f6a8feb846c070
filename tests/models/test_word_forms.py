"""Forms of English words, in the vocabulary and among the first ten words of a topic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from tests.models.planted import planted_corpus
from theta.models import word_ranking
from theta.models.theta_options import ThetaOptions
from theta.models.word_forms import english_forms
from theta.models.word_ranking import Association, rank_topics, rank_words


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


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, Association]:
    """Lists of three words of two topics, in an association that keeps their order."""
    monkeypatch.setattr(word_ranking, "_TOP_WORDS", 3)
    scores = np.array([[9, 8, 7, 6, 5], [5, 6, 7, 8, 9]], dtype=np.float32)
    return scores, Association(csr_array(np.ones((4, 5), dtype=np.int32)), 1.0)


def test_of_the_forms_of_a_word_the_best_is_listed(
    listed: tuple[np.ndarray, Association],
) -> None:
    scores, association = listed
    ranked = rank_words(scores, association, forms=np.array([0, 0, 2, 3, 3]))
    # The first lists 0 without its form 1, so 3 moves up; the second 4 without 3, so 1 moves up.
    assert np.argsort(-ranked, kind="stable").tolist() == [[0, 2, 3, 1, 4], [4, 2, 1, 3, 0]]
    np.testing.assert_array_equal(np.sort(ranked), np.sort(scores))


def test_a_form_of_a_word_that_belongs_elsewhere_moves_with_it(
    listed: tuple[np.ndarray, Association],
) -> None:
    scores, association = listed
    belonging = np.array([[0.9, 0.6, 0.5, 0.5, 0.5], [0.1, 0.4, 0.5, 0.5, 0.5]])
    scores[1] = [5, 9, 8, 7, 6]
    ranked = rank_words(scores, association, belonging, forms=np.array([0, 0, 2, 3, 4]))
    # Word 1, a form of word 0, has .4 of its occurrences in the second, less than half of .9.
    assert np.argsort(-ranked, kind="stable").tolist() == [[0, 2, 3, 1, 4], [2, 3, 4, 1, 0]]


def test_a_seed_word_is_listed_beside_its_form(listed: tuple[np.ndarray, Association]) -> None:
    scores, association = listed
    ranked = rank_words(scores, association, seed_words=[[1]], forms=np.array([0, 0, 2, 3, 4]))
    assert set(np.argsort(-ranked[0], kind="stable")[:3].tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("languages", "fold_forms", "folds"),
    [
        (("en",), True, True),
        (("zh", "en"), True, True),
        (("fr",), True, False),
        (("en",), False, False),
    ],
)
def test_forms_are_folded_in_english_if_asked(
    languages: tuple[str, ...], fold_forms: bool, folds: bool
) -> None:
    corpus = planted_corpus(n_docs=40)
    words = [f"word{i:02}" for i in range(corpus.n_words)]
    words[1] = words[0] + "s"
    corpus = replace(corpus, vocabulary=tuple(words), languages=languages)
    log_topic_word = np.log(np.linspace(2, 1, corpus.n_words, dtype=np.float32))[None]
    options = ThetaOptions(
        relevance=1.0, coherence_weight=0.0, meaning_weight=0.0, fold_forms=fold_forms
    )
    scores = rank_topics(log_topic_word, corpus, None, options)
    first = np.argsort(-scores[0], kind="stable")[:10].tolist()
    assert first == ([0, *range(2, 11)] if folds else list(range(10)))
