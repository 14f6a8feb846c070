"""Which trainings are stopped."""

from __future__ import annotations

from theta.tuning.halving import falls_behind
from theta.tuning.journal import Trial


def rivals(*elbos: float, num_topics: int = 10, rung: int = 1) -> list[Trial]:
    return [Trial(i, {"num_topics": num_topics}, rungs={rung: e}) for i, e in enumerate(elbos)]


SETTING = {"num_topics": 10}


def test_the_best_quarter_goes_on() -> None:
    others = rivals(-9, -8, -7, -6, -5, -4, -3)  # with this one eight: two go on
    assert not falls_behind(SETTING, 1, -3.5, others)
    assert falls_behind(SETTING, 1, -4.5, others)


def test_among_few_only_the_best_goes_on() -> None:
    assert not falls_behind(SETTING, 1, -9, [])
    assert not falls_behind(SETTING, 1, -2, rivals(-3))
    assert falls_behind(SETTING, 1, -4, rivals(-3))


def test_equal_trainings_go_on() -> None:
    assert not falls_behind(SETTING, 1, -3, rivals(-3, -3))


def test_other_numbers_of_topics_and_other_rungs_are_no_rivals() -> None:
    assert not falls_behind(SETTING, 1, -9, rivals(-3, num_topics=20))
    assert not falls_behind(SETTING, 1, -9, rivals(-3, rung=4))
