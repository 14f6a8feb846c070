from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.corpus.clean import clean_text


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("<p>Hello <b>world</b></p>", "Hello world"),
        ("one<br/>two<br>three", "one\ntwo\nthree"),
        ("<script>var a = '<b>';</script>text<style>p {}</style>", "text"),
        ("a <!-- hidden --> b", "a b"),
        ("R&amp;D &lt;3 caf&eacute;", "R&D <3 café"),
        ("see https://example.org/a?b=c#d, or www.example.org", "see or"),
        ("write to jane.doe+x@mail.example.co.uk now", "write to now"),
        ("a\x00b\x07c\u200bd\ufeffe\u202ef", "abcdef"),
        ("  many \t spaces \r\n\r\n\n lines  ", "many spaces\nlines"),
        ("ＡＢＣ１２３　ﾃｽﾄ", "ABC123 テスト"),
        ("你好，世界！", "你好，世界！"),  # Chinese punctuation keeps its width
        ("cafÃ© and naÃ¯ve", "café and naïve"),  # mojibake
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian is spelled with this joiner
        ("e\u0301tude", "étude"),
    ],
)
def test_dirt_is_removed(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


def test_letter_spaced_words_are_closed_up_where_words_have_no_spaces() -> None:
    assert clean_text("重 要 通 知 请阅读 全文", "zh") == "重要通知 请阅读 全文"
    assert clean_text("重 要 通 知", "en") == "重 要 通 知"


@pytest.mark.parametrize(
    "text",
    [
        "if a < b and c > d then x <= y",
        "I don't know: 5 > 3, O'Brien's “quoted” words — and so on...",
        "Ærøskøbing, Łódź, İstanbul, Ελλάδα, हिन्दी, עברית, 한국어",
        "#hashtag @mention $5 100% =cmd",
        "😀👍🏽",
    ],
)
def test_natural_text_stays(text: str) -> None:
    assert clean_text(text) == text


@given(st.text())
def test_cleaning_never_fails_and_leaves_no_control_characters(text: str) -> None:
    cleaned = clean_text(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)
    assert cleaned == cleaned.strip()


def test_long_garbage_takes_no_long_time() -> None:
    # Each of these once made a regular expression quadratic somewhere.
    for piece in ("<", "<a ", "a@", "a.", "&", "<script>", "<script ", "<!--", "<p", "www.", "é<"):
        clean_text(piece * 50_000)
