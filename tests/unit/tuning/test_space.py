"""Lists and ranges of values, from words and from YAML."""

from __future__ import annotations

from pathlib import Path

import pytest

from theta.errors import InvalidOption, MissingFile
from theta.models import MODELS
from theta.options import declarations
from theta.tuning.space import Dimension, Space, read_file, read_list

DECLARED = declarations(MODELS["theta"].Options)


def read(tmp_path: Path, text: str) -> dict[str, Dimension]:
    path = tmp_path / "space.yaml"
    path.write_text(text, encoding="utf-8")
    return read_file(path, DECLARED)


def test_settings_are_all_combinations_in_order() -> None:
    space = Space((Dimension("a", (1, 2)), Dimension("b", (True, False))))
    assert space.size == 4
    assert list(space.settings()) == [
        {"a": 1, "b": True},
        {"a": 1, "b": False},
        {"a": 2, "b": True},
        {"a": 2, "b": False},
    ]


def test_values_of_a_list_are_read_as_the_option_says_and_once() -> None:
    assert read_list(DECLARED["learning_rate"], ["0.001", "1e-3", "0.002"], "") == (0.001, 0.002)
    with pytest.raises(InvalidOption, match=r"--num_topics x: not a number; must be"):
        read_list(DECLARED["num_topics"], ["15", "x"], "--num_topics")
    with pytest.raises(InvalidOption, match="the list is empty"):
        read_list(DECLARED["num_topics"], [], "--num_topics")


def test_a_file_has_lists_values_and_ranges(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "num_topics: {from: 10, to: 30, step: 10}\n"
        "learning_rate: {from: 0.0005, to: 0.01, log: true}\n"
        "hidden-dim: [256, 512]\n"
        "early_stopping: [true, false]\n"
        "dropout: 0.1\n"
        "kl_warmup: {from: 2, to: 4}\n",
    )
    assert found["num_topics"].listed == (10, 20, 30)
    assert found["learning_rate"].listed is None
    assert found["learning_rate"].ends == (0.0005, 0.01)
    assert found["hidden_dim"].values == (256, 512)
    assert found["early_stopping"].values == (True, False)
    assert not found["early_stopping"].ordered
    assert found["dropout"].values == (0.1,)
    assert found["kl_warmup"].listed == (2, 3, 4)
    assert Space(tuple(found.values())).size is None


def test_steps_of_real_numbers_have_no_rounding_errors() -> None:
    assert Dimension("dropout", (), 0.0, 0.6, 0.2).listed == (0.0, 0.2, 0.4, 0.6)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the space is empty"),
        ("{}", "the space is empty"),
        ("[1, 2]", "the space is empty"),
        ("num_topic: [10]", "did you mean num_topics"),
        ("num_topics: []", "num_topics: the list is empty"),
        ("num_topics: [10, 1]", "num_topics 1: must be"),
        ("num_topics: {from: 10}", "a range needs from and to"),
        ("num_topics: {from: 10, to: 5}", "from: 10 must be below to: 5"),
        ("num_topics: {from: 10, to: 20, by: 2}", "by is not part of a range"),
        ("num_topics: {from: 10, to: 20, step: 0.5}", "step 0.5 must be"),
        ("num_topics: {from: 10, to: 20, step: 0}", "step 0 must be"),
        ("dropout: {from: 0, to: 0.5, log: true}", "log needs a range above 0"),
        ("lr_schedule: {from: 0, to: 1}", "only a number can have a range"),
        ("num_topics: [", "not plain YAML"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidOption, match=problem):
        read(tmp_path, text)


def test_all_problems_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption) as told:
        read(tmp_path, "num_topics: [1]\nhidden_dim: [x]\n")
    assert len(str(told.value).splitlines()) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"--tune .*nowhere.yaml: No such file"):
        read_file(tmp_path / "nowhere.yaml", DECLARED)
