from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from theta.errors import InvalidOption
from theta.i18n import translated

PACKAGE = Path(__file__).resolve().parents[3] / "theta"
CHINESE = json.loads((PACKAGE / "i18n" / "zh.json").read_text(encoding="utf-8"))
TEXTS = {english: own for texts in CHINESE.values() for english, own in texts.items()}


def places_in(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)[:,.\w]*\}", text))


def texts_of_scripts() -> set[str]:
    """Return what the scripts of the page say in double quotes."""
    scripts = "\n".join(p.read_text(encoding="utf-8") for p in PACKAGE.rglob("*.js"))
    return {json.loads(quoted) for quoted in re.findall(r'"(?:[^"\\\n]|\\.)*"', scripts)}


def texts_of_modules() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_no_text_is_translated_twice():
    assert len(TEXTS) == sum(map(len, CHINESE.values()))


def test_a_translation_has_the_places_of_the_text():
    for english, own in TEXTS.items():
        assert places_in(english) == places_in(own), english


def test_translations_are_chinese():
    assert [text for text, own in TEXTS.items() if not re.search(r"[\u4e00-\u9fff]", own)] == []


def test_every_translated_text_is_said_somewhere():
    assert set(TEXTS) - texts_of_scripts() - set(texts_of_modules()) == MADE_OF_VALUES


MADE_OF_VALUES = {"higher is better", "lower is better"}


def test_a_language_without_translations_is_refused():
    with pytest.raises(InvalidOption, match="en, zh"):
        translated("xx", "Topic")
