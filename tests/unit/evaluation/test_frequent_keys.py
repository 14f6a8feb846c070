from __future__ import annotations

import numpy as np

from theta.evaluation.frequent_keys import may_be_frequent


def test_all_frequent_numbers_are_found_and_few_others() -> None:
    rng = np.random.default_rng(0)
    once = rng.choice(2**62, 10_000, replace=False)
    often = np.repeat(once[:100] + 1, 3)
    keys = rng.permutation(np.concatenate([once, often]))
    found = may_be_frequent(keys, 3)
    assert found[np.isin(keys, often)].all()
    assert found[np.isin(keys, once)].mean() < 0.15


def test_negative_numbers_and_none_at_all() -> None:
    assert may_be_frequent(np.array([-5, 7, -5]), 2)[[0, 2]].all()
    assert may_be_frequent(np.zeros(0, np.int64), 3).tolist() == []
