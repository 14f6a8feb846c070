from __future__ import annotations

import numpy as np

from theta.contracts import UNLABELLED
from theta.plots.groups import group_by, is_cut


def test_text_is_a_group_per_value_and_empty_text_is_in_none():
    groups = group_by(np.array(["left", "", "right", "left"]))
    assert groups.names == ("left", "right")
    assert groups.codes.tolist() == [0, UNLABELLED, 1, 0]


def test_a_few_different_numbers_stay_as_they_are():
    values = np.array([3.0, 1.0, np.nan, 3.0, 2.5])
    assert not is_cut(values)
    groups = group_by(values)
    assert groups.names == ("1", "2.5", "3")
    assert groups.codes.tolist() == [2, 0, UNLABELLED, 2, 1]


def test_numbers_are_cut_at_their_quartiles():
    values = np.append(np.arange(1.0, 13.0), np.nan)
    assert is_cut(values)
    groups = group_by(values)
    assert groups.names == ("1 – 3", "4 – 6", "7 – 9", "10 – 12")
    assert groups.codes.tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3 + [UNLABELLED]


def test_equal_numbers_are_never_torn_apart():
    values = np.concatenate([np.zeros(70), np.arange(1.0, 31.0)])
    groups = group_by(values)
    assert groups.names == ("0", "1 – 5", "6 – 30")
    assert np.bincount(groups.codes).tolist() == [70, 5, 25]


def test_ranges_follow_each_other_whatever_the_values():
    values = np.random.default_rng(0).normal(size=1000) ** 3
    groups = group_by(values)
    assert np.bincount(groups.codes).tolist() == [250] * 4
    tops = [values[groups.codes == code].max() for code in range(4)]
    assert tops == sorted(tops)
