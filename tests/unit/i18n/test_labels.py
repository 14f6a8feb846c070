from __future__ import annotations

import re

import pytest

from theta.errors import InvalidOption
from theta.i18n import LABELS, labels_in
from theta.i18n.metrics import MEANINGS


def test_both_languages_have_the_same_labels_with_the_same_places():
    assert set(LABELS["en"]) == set(LABELS["zh"])
    for name, english in LABELS["en"].items():
        places = [
            set(re.findall(r"\{(\w+)[:,\w]*\}", text)) for text in (english, LABELS["zh"][name])
        ]
        assert places[0] == places[1], name


def test_labels_in_chinese_are_chinese():
    same = {name for name, text in LABELS["zh"].items() if text == LABELS["en"][name]}
    assert same == set()


def test_every_label_is_used():
    from pathlib import Path

    package = Path(__file__).resolve().parents[3] / "theta"
    files = [
        p for p in package.rglob("*") if p.suffix in {".py", ".js"} and "labels" not in p.parts
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    # The names of epochs' numbers and of units of time come from the data.
    from_data = {"validation_elbo", "reconstruction", "kl", "kl_weight", "learning_rate"}
    quoted = set(re.findall(r"""["'](\w+)["']""", text))
    unused = set(LABELS["en"]) - quoted - from_data
    assert unused == set()


def test_every_metric_has_a_meaning_in_chinese():
    from theta.evaluation.metrics import METRICS

    assert set(MEANINGS) == set(METRICS)


def test_a_language_without_labels_is_refused():
    with pytest.raises(InvalidOption, match="en, zh"):
        labels_in("xx")
