from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from theta.corpus import boilerplate
from theta.corpus.boilerplate import BoilerplateFinder, pieces_of, strip_boilerplate

SIGNATURE = "--\nJim\nSkepticism is the chastity of the intellect"


def finder_of(folder: Path, texts: list[str]) -> BoilerplateFinder:
    finder = BoilerplateFinder(folder)
    finder.add(texts)
    return finder


def letters(number: int) -> str:
    return "".join(chr(ord("a") + number // 26**digit % 26) for digit in range(6))


def own(number: int) -> str:
    """Return a sentence that no other document has."""
    return f"The {letters(number)} said {letters(number + 7)}."


def test_pieces_are_lines_and_sentences_and_together_the_text() -> None:
    text = "One. Two?\nThree \n\n第一句。第二句！"
    assert pieces_of(text) == ["One. ", "Two?\n", "Three \n", "\n", "第一句。", "第二句！"]
    assert "".join(pieces_of(text)) == text


def test_a_signature_is_taken_out_with_its_short_lines(tmp_path: Path) -> None:
    signed = [f"{own(n)}\n{SIGNATURE}" for n in range(10)]
    found = finder_of(tmp_path, signed).found()
    text, pieces = strip_boilerplate(signed[3], found)
    assert text == own(3)
    # "Jim" is short, and goes with its neighbour only.
    assert pieces == ["Jim", "Skepticism is the chastity of the intellect"]
    assert strip_boilerplate("Jim\nwent home.", found) == ("Jim\nwent home.", [])


def test_nine_documents_are_too_few_and_repetitions_in_one_document_count_once(
    tmp_path: Path,
) -> None:
    signed = [f"{own(n)}\n{SIGNATURE}\n{SIGNATURE}" for n in range(9)]
    assert finder_of(tmp_path, signed).found() == frozenset()


def test_case_and_spaces_do_not_matter_and_sentences_count_in_one_line(tmp_path: Path) -> None:
    texts = [f"{own(n)} Click  HERE to Unsubscribe. " for n in range(10)]
    found = finder_of(tmp_path, texts).found()
    assert strip_boilerplate("News. Click here to unsubscribe.", found)[0] == "News."


def test_chinese_sentences_are_found(tmp_path: Path) -> None:
    texts = [f"第{letters(n)}篇的正文。更多内容请点击。" for n in range(10)]
    found = finder_of(tmp_path, texts).found()
    assert strip_boilerplate(texts[2], found)[0] == f"第{letters(2)}篇的正文。"


def test_a_document_of_boilerplate_alone_stays(tmp_path: Path) -> None:
    answers = ["I have nothing to add here.", *[f"{own(n)}\n{SIGNATURE}" for n in range(12)]]
    finder = finder_of(tmp_path, answers * 2)
    found = finder.found()
    assert strip_boilerplate(SIGNATURE, found) == (SIGNATURE, [])
    # A document of one sentence is a text, however often it is given.
    assert strip_boilerplate(f"{own(99)} {answers[0]}", found)[1] == []


def test_many_documents_need_more(tmp_path: Path) -> None:
    finder = finder_of(tmp_path, [own(n) for n in range(20_000)])
    assert finder.least == 20


def test_counting_in_parts_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{own(n % 30)}\n{SIGNATURE}\n{own(n)}" for n in range(300)]
    finder = finder_of(tmp_path, texts)
    whole = finder.found()
    assert len(whole) > 30
    monkeypatch.setattr(boilerplate, "_COUNTED_AT_ONCE", 100)
    assert finder.found() == whole
    assert np.array(sorted(whole), np.uint64).max() < 2**64
