from __future__ import annotations

import numpy as np
import pytest

from theta.effects.means import GroupedMeans


def test_known_shares_have_the_interval_of_students_t():
    # .1 .2 .3 .4 .5: mean .3, standard deviation √(.1 / 4) = .158114, t(.975, 4) = 2.776445, half
    # width 2.776445 · .158114 / √5 = .196324.
    grouped = GroupedMeans(np.array([1, 1, 1, 1, 1, 0, -1]), 3, 5)
    grouped.add(np.array([[0.1], [0.2], [0.3], [0.4], [0.5], [0.9], [0.8]]))
    means = grouped.combined()
    assert means.counts.tolist() == [1, 5, 0]
    assert means.mean[1, 0] == pytest.approx(0.3)
    assert means.low[1, 0] == pytest.approx(0.3 - 0.196324, abs=1e-6)
    assert means.high[1, 0] == pytest.approx(0.3 + 0.196324, abs=1e-6)
    assert means.from_draws[1, 0] == 0
    assert np.isnan(means.mean[[0, 2]]).all()
    assert np.isnan(means.from_draws[[0, 2]]).all()


def test_draws_add_their_spread_by_rubins_rules():
    # Means .2, .3, .4 of three draws: variance .01 between them. Within each draw the documents are
    # m ± .1: variance .02 of two, .01 of the mean. Total .01 + (1 + 1/3) .01.
    grouped = GroupedMeans(np.zeros(2, int), 1, 2)
    for mean in (0.2, 0.3, 0.4):
        grouped.add(np.array([[mean - 0.1], [mean + 0.1]]))
    means = grouped.combined()
    assert means.mean[0, 0] == pytest.approx(0.3)
    assert means.standard_error[0, 0] == pytest.approx((0.01 + 4 / 3 * 0.01) ** 0.5)
    assert means.from_draws[0, 0] == pytest.approx(4 / 7)
    assert (means.low[0, 0], means.high[0, 0]) == (0, 1)  # clipped


def test_no_document_in_any_group():
    grouped = GroupedMeans(np.full(3, -1), 2, 5)
    grouped.add(np.full((3, 2), 0.5))
    assert np.isnan(grouped.combined().mean).all()
