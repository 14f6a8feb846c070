"""The design matrix of groups of documents."""

from __future__ import annotations

import numpy as np

from theta.effects.group_design import design_of_groups


def fitted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    found: np.ndarray = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return found


def test_every_group_can_have_a_mean_of_its_own() -> None:
    codes = np.repeat([0, 1, 2, -1], 30)
    x = design_of_groups([codes], 5)
    assert x is not None
    y = np.random.default_rng(0).normal(size=120) + codes
    expected = np.array([y[codes == code].mean() for code in codes])
    np.testing.assert_allclose(fitted(x, y), expected, atol=1e-9)
    assert np.linalg.matrix_rank(x) == x.shape[1] == 4


def test_dependent_and_small_groups_have_no_column() -> None:
    codes = np.repeat([0, 1], 50)
    small = np.where(np.arange(100) < 4, 0, 1)  # group 0 has four documents
    x = design_of_groups([codes, 1 - codes, small], 5)
    assert x is not None
    # A mean, and the difference of the two halves; small's second group is nearly everything.
    assert x.shape == (100, 3)
    assert (x[:, 0] == 1).all()


def test_there_are_ten_documents_to_a_column() -> None:
    codes = np.arange(300) // 6  # fifty groups of six
    x = design_of_groups([codes], 5)
    assert x is not None
    assert x.shape[1] == 31
    assert design_of_groups([np.full(20, -1)], 5) is None
    assert design_of_groups([], 5) is None
