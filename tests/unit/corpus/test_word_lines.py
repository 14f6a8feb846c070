from __future__ import annotations

import pytest

from theta.corpus.languages import stop_words
from theta.corpus.mixed import MixedTokenizer
from theta.corpus.tokenize import TokenRules
from theta.corpus.word_lines import word_lines

ENGLISH = MixedTokenizer([TokenRules("en", stop_words("en"), True, False)])


def test_only_the_lines_with_a_word_count() -> None:
    lines = word_lines(["The cat is on the mat.\n====", "=== no match ==="], ["cat"], ENGLISH)
    assert (lines.n_lines, lines.line, lines.n_texts) == (1, "The cat is on the mat.", 1)
    # the, is, on, the of six words; one full stop and 16 letters in 22 characters
    assert lines.stop_words == pytest.approx(4 / 6)
    assert lines.symbols == pytest.approx(1 / 22)
    assert lines.letters == pytest.approx(16 / 22)


def test_a_word_within_another_is_not_that_word() -> None:
    assert word_lines(["concatenate"], ["cat"], ENGLISH).n_lines == 0


def test_the_line_of_most_texts_is_shown_and_shortened() -> None:
    signature = "Skepticism   is the chastity of the intellect"
    texts = [f"{text}\n{signature}\n{signature}" for text in ("a chastity", "b", "c")]
    lines = word_lines(texts, ["chastity"], ENGLISH)
    assert (lines.line, lines.n_texts) == ("Skepticism is the chastity of the intellect", 3)
    long = word_lines(["chastity " * 20], ["chastity"], ENGLISH)
    assert len(long.line) == 70
    assert long.line.endswith("…")


def test_the_parts_of_a_phrase_count() -> None:
    assert word_lines(["New York"], ["new_york"], ENGLISH).n_lines == 1


def test_marks_are_part_of_letters() -> None:
    hindi = MixedTokenizer([TokenRules("hi", frozenset(), True, False)])
    lines = word_lines(["हिन्दी भाषा"], ["भाषा"], hindi)
    assert lines.symbols == 0
    assert lines.letters == pytest.approx(10 / 11)
