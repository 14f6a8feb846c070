from __future__ import annotations

import numpy as np
import pytest

from theta.contracts import UNLABELLED, Labels
from theta.errors import InvalidOption
from theta.plots.means import MIN_DOCS, means_by_code, means_by_group, periods_of


def dates(*texts):
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("last", "unit", "n_periods"),
    [
        ("2001-02-09", "day", 40),  # 40 days, both ends counted
        ("2001-02-10", "week", 6),
        ("2002-06-01", "month", 18),
        ("2006-01-01", "quarter", 21),
        ("2040-12-31", "year", 40),
        ("2099-01-01", "decade", 10),
    ],
)
def test_the_finest_periods_of_which_there_are_at_most_forty(last, unit, n_periods):
    periods = periods_of(dates("2001-01-01", last, "NaT"))
    assert periods.unit == unit
    assert len(periods.starts) == n_periods
    assert periods.codes.tolist() == [0, n_periods - 1, UNLABELLED]
    assert periods.starts[0] <= np.datetime64("2001-01-01")
    assert periods.starts[-1] <= np.datetime64(last) <= periods.ends[-1]


def test_sparse_documents_get_periods_that_hold_enough_of_them():
    # Two documents a day for twenty days: ten or more in each of three or four weeks.
    days = np.repeat(np.datetime64("2001-01-01") + np.arange(21), 2)
    assert periods_of(days).unit == "week"
    # With five a day, days have enough.
    assert periods_of(np.repeat(days[::2], 5)).unit == "day"


def test_documents_of_one_day_a_year_get_years():
    junes = np.repeat([f"{year}-06-01" for year in range(2010, 2020)], 6)
    periods = periods_of(dates(*junes))
    assert (periods.unit, len(periods.starts)) == ("year", 10)


def test_a_period_of_ones_own():
    times = dates("2001-01-15", "2002-03-01", "NaT")
    months = periods_of(times, "month")
    assert (months.unit, len(months.starts)) == ("month", 15)
    assert [str(day) for day in months.ends[:2]] == ["2001-01-31", "2001-02-28"]
    assert len(periods_of(times, "day").starts) == 411
    with pytest.raises(InvalidOption, match="--period decade: all documents are of one decade"):
        periods_of(times, "decade")
    with pytest.raises(InvalidOption, match="more than 1,000; choose a longer one, such as week"):
        periods_of(dates("2001-01-01", "2005-01-01"), "day")


def test_very_long_spans_have_decades():
    periods = periods_of(dates("1000-05-05", "2000-05-05"))
    assert periods.unit == "decade"
    assert str(periods.starts[0]) == "1000-01-01"


def test_quarters_begin_where_quarters_begin():
    periods = periods_of(dates("2001-02-15", "2009-08-01"))
    assert periods.unit == "quarter"
    assert [str(day) for day in periods.starts[:2]] == ["2001-01-01", "2001-04-01"]


@pytest.mark.parametrize("times", [dates("NaT", "NaT"), dates("2001-01-01", "2001-01-01", "NaT")])
def test_one_date_is_no_course_of_time(times):
    with pytest.raises(InvalidOption, match="fewer than two different dates"):
        periods_of(times)


def test_mean_and_interval_by_hand():
    # Five weights .1 .2 .3 .4 .5: mean .3, standard deviation √(.1 / 4) = .158114,
    # t(.975, 4) = 2.776445, half width 2.776445 · .158114 / √5 = .196324.
    weights = np.array([[0.1], [0.2], [0.3], [0.4], [0.5]])
    means = means_by_code(weights, np.zeros(5, int), 1)
    assert means.mean[0, 0] == pytest.approx(0.3)
    assert means.low[0, 0] == pytest.approx(0.3 - 0.196324, abs=1e-6)
    assert means.high[0, 0] == pytest.approx(0.3 + 0.196324, abs=1e-6)


def test_a_set_of_few_documents_has_no_mean():
    codes = np.array([0] * MIN_DOCS + [1] * (MIN_DOCS - 1) + [UNLABELLED] * 3)
    weights = np.full((len(codes), 2), 0.5)
    means = means_by_code(weights, codes, 3)
    assert means.counts.tolist() == [MIN_DOCS, MIN_DOCS - 1, 0]
    assert np.isfinite(means.mean[0]).all()
    assert np.isnan(means.mean[1:]).all()
    assert np.isnan(means.low[1:]).all()


def test_intervals_stay_between_zero_and_one():
    means = means_by_code(np.array([[1.0, 0.0]] * 4 + [[0.0, 1.0]]), np.zeros(5, int), 1)
    assert means.low.min() == 0
    assert means.high.max() == 1


def test_means_against_a_loop():
    random = np.random.default_rng(0)
    weights = random.dirichlet(np.ones(4), size=200)
    times = np.datetime64("2001-01-01") + random.integers(0, 3000, size=200)
    periods = periods_of(times)
    means = means_by_code(weights, periods.codes, len(periods.starts))
    for code in range(len(periods.starts)):
        rows = weights[periods.codes == code]
        assert means.counts[code] == len(rows)
        if len(rows) >= MIN_DOCS:
            assert means.mean[code] == pytest.approx(rows.mean(axis=0))


def test_groups():
    labels = Labels(np.array([1] * 6 + [0] * 5, dtype=np.int32), ("a", "b"))
    weights = np.array([[0.2, 0.8]] * 6 + [[1.0, 0.0]] * 5)
    means = means_by_group(weights, labels)
    assert means.mean == pytest.approx(np.array([[1.0, 0.0], [0.2, 0.8]]))
