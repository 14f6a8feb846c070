from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from theta.errors import InvalidOption
from theta.i18n import LABELS, chinese, labels_in
from theta.i18n.chinese import CAPTIONS, SENTENCES


def places_in(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)[:,\w]*\}", text))


def test_both_languages_have_the_same_labels_with_the_same_places():
    # What a language lacks is said in English, but it has nothing that English has not.
    assert set(LABELS["en"]) == set(LABELS["zh"])
    for name, english in LABELS["en"].items():
        assert places_in(english) == places_in(LABELS["zh"][name]), name
    for english, sentence in SENTENCES.items():
        assert places_in(english) == places_in(sentence), english


def test_labels_in_chinese_are_chinese():
    assert {name for name, text in chinese.LABELS.items() if text == LABELS["en"][name]} == set()
    assert set(chinese.LABELS) <= set(LABELS["en"])


def test_every_label_is_used():
    package = Path(__file__).resolve().parents[3] / "theta"
    files = [p for p in package.rglob("*") if p.suffix in {".py", ".js"} and "i18n" not in p.parts]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    # The names of epochs' numbers and of units of time come from the data.
    from_data = {"validation_elbo", "reconstruction", "kl", "kl_weight", "learning_rate"}
    quoted = set(re.findall(r"""["'](\w+)["']""", text))
    unused = set(LABELS["en"]) - quoted - from_data
    assert unused == set()


def test_a_language_without_labels_is_refused():
    with pytest.raises(InvalidOption, match="en, zh"):
        labels_in("xx")


def test_every_caption_is_one_of_a_chart():
    charts = Path(__file__).resolve().parents[3] / "theta" / "plots"
    texts = {
        node.value
        for path in charts.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert set(CAPTIONS) - texts == set()
