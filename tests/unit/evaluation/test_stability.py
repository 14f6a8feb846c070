"""Topics matched across seeds."""

import json
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.evaluation.rank_biased_overlap import rank_biased_overlap
from theta.evaluation.stability import NO_PARTNER, match_topics, stability

TOPICS = np.arange(40).reshape(4, 10)


def test_the_same_topics_in_another_order():
    order = [2, 0, 3, 1]
    partner, overlap = match_topics(TOPICS, TOPICS[order])
    np.testing.assert_array_equal(np.array(order)[partner], np.arange(4))
    np.testing.assert_allclose(overlap, 1)


@given(st.integers(0, 500))
def test_no_other_pairing_overlaps_more(seed):
    rng = np.random.default_rng(seed)
    a, b = (np.array([rng.permutation(9)[:4] for _ in range(4)]) for _ in range(2))
    overlaps = rank_biased_overlap(a, b, 0.9)
    best = max(overlaps[range(4), list(order)].sum() for order in permutations(range(4)))
    partner, overlap = match_topics(a, b)
    assert sorted(partner) == [0, 1, 2, 3]
    assert overlap.sum() == pytest.approx(best)
    np.testing.assert_allclose(overlap, overlaps[range(4), partner])


def test_fewer_topics_in_the_other_run():
    partner, overlap = match_topics(TOPICS, TOPICS[[3, 1]])
    np.testing.assert_array_equal(partner, [NO_PARTNER, 1, NO_PARTNER, 0])
    np.testing.assert_allclose(overlap, [0, 1, 0, 1])
    partner, _ = match_topics(TOPICS[:1], TOPICS[::-1])
    np.testing.assert_array_equal(partner, [3])


def test_stability_by_hand():
    # The first other seed has all four topics, the second has topics 0 and 1 and two new ones:
    # overlaps 1 1 1 1 and 1 1 0 0, means 1 1 .5 .5, overall .75; topics 2 and 3 are not stable,
    # though their means reach the threshold.
    second = np.vstack([TOPICS[[1, 0]], TOPICS[2:] + 100])
    found = stability(TOPICS, [TOPICS[::-1], second], threshold=0.5)
    assert found["per_topic"] == pytest.approx([1, 1, 0.5, 0.5])
    assert found["mean"] == pytest.approx(0.75)
    assert found["stable"] == [True, True, False, False]
    assert found["share_stable"] == 0.5
    assert found["partners"][0] == [3, 2, 1, 0]
    assert "2 other seeds" in found["definition"]


def test_it_is_ready_for_json():
    found = stability(TOPICS, [TOPICS])
    assert json.loads(json.dumps(found)) == found


def test_one_run_has_no_stability():
    with pytest.raises(ValueError, match="another seed"):
        stability(TOPICS, [])
