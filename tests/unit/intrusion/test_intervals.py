from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from theta.intrusion.agreement import krippendorff_alpha
from theta.intrusion.intervals import (
    difference_interval,
    mean_interval,
    share_interval,
    wilson_interval,
)


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_interval_is_the_published_one(right: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(right / n, n) == pytest.approx((low, high), abs=5e-5)


# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)],
)
def test_interval_of_a_difference_is_the_published_one(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    pair = [(r / n, *map(float, wilson_interval(r / n, n))) for r, n in (first, second)]
    assert difference_interval(*pair) == pytest.approx((low, high), abs=5e-5)


def test_interval_over_topics_by_hand() -> None:
    # Two topics with 1 and 3 of 4 right: variance 2 · (1 + 1) / 64, so 4 effective answers.
    low, high = map(float, wilson_interval(0.5, 4, t.ppf(0.975, 1)))
    assert tuple(map(float, share_interval([1, 3], [4, 4]))) == pytest.approx((low, high))
    assert share_interval([[1, 3], [1, 3]], [[4, 4], [4, 4]])[0] == pytest.approx([low, low])


def test_topics_that_differ_give_a_wider_interval() -> None:
    low, high = share_interval([6, 0, 6, 0, 6, 0], [6] * 6)
    even_low, even_high = share_interval([3] * 6, [6] * 6)
    assert high - low > even_high - even_low


def test_all_right_is_not_certain() -> None:
    low, high = share_interval([6] * 10, [6] * 10)
    assert high == 1
    assert low == pytest.approx(float(wilson_interval(1, 10, t.ppf(0.975, 9))[0]))


def test_mean_rating_stays_on_the_scale() -> None:
    assert tuple(map(float, mean_interval([2.0, 3.0, 2.5]))) == pytest.approx(
        (1.258, 3.0), abs=1e-3
    )


def test_alpha_is_the_published_one() -> None:
    # Krippendorff (2011), "Computing Krippendorff's alpha-reliability", example C.
    gap = np.nan
    answers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, gap, gap, gap],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, gap, 3],
        [gap, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, gap],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, gap],
    ]
    assert krippendorff_alpha(answers, "nominal") == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(answers, "ordinal") == pytest.approx(0.815, abs=5e-4)


@pytest.mark.parametrize("answers", [[[1, 2, 3]], [[1, np.nan], [np.nan, 2]], [[2, 2], [2, 2]]])
def test_alpha_is_undefined_without_pairs_or_without_difference(answers: list[list[float]]) -> None:
    assert krippendorff_alpha(answers, "nominal") is None
