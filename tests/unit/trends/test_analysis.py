from __future__ import annotations

import json

import numpy as np
import pytest

from theta.plots.means import periods_of
from theta.trends.analysis import estimate_trends
from theta.trends.results import Trends
from theta.trends.summary import method, notes, summary
from theta.trends.words import PeriodWords

N_DOCS = 1200
NAMES = ["0 rising", "1 flat", "2 falling"]


@pytest.fixture(scope="module")
def times() -> np.ndarray:
    days = np.random.default_rng(0).integers(0, 6 * 365, N_DOCS)
    times = np.datetime64("2010-01-01") + days
    times[:30] = np.datetime64("NaT")
    return times


def planted(times: np.ndarray, draw: int = 0) -> np.ndarray:
    """Topic 0 rises by 20 points over the six years, topic 2 falls by as much."""
    random = np.random.default_rng(100 + draw)
    days = (times - np.datetime64("2010-01-01")).astype(float)
    place = np.nan_to_num(np.where(np.isnat(times), 0, days)) / (6 * 365)
    mean = np.column_stack([0.2 + 0.2 * place, np.full(N_DOCS, 0.3), 0.5 - 0.2 * place])
    gamma = random.standard_gamma(8 * mean)
    return gamma / gamma.sum(axis=1, keepdims=True)


def test_the_change_of_a_straight_line_is_the_planted_one(times):
    trends = estimate_trends(periods_of(times), times, [planted(times)], [])
    rising, flat, falling = trends.lines
    assert trends.per == "year"
    for line, truth in ((rising, 0.2 / 6), (flat, 0.0), (falling, -0.2 / 6)):
        assert line.low <= truth <= line.high
    assert rising.p_bh < 1e-6
    assert flat.p_bh > 0.05
    # Against least squares of statsmodels with the same errors.
    api = pytest.importorskip("statsmodels.api")
    dated = ~np.isnat(times)
    days = (times[dated] - times[dated].min()).astype(float)
    fit = api.OLS(planted(times)[dated, 0], api.add_constant(days / 365.25)).fit(cov_type="HC3")
    assert rising.change == pytest.approx(fit.params[1])
    assert rising.standard_error == pytest.approx(fit.bse[1])


def test_means_are_those_of_the_documents_of_a_period(times):
    periods = periods_of(times, "year")
    theta = planted(times)
    trends = estimate_trends(periods, times, [theta], [])
    own = theta[times.astype("datetime64[Y]") == np.datetime64("2012")]
    at = trends.starts.index("2012-01-01")
    assert trends.counts[at] == len(own)
    assert [row[at] for row in trends.shares.mean] == pytest.approx(own.mean(axis=0), rel=1e-5)
    assert trends.n_undated == 30
    assert notes(trends)[-1] == "30 of 1,200 documents have no date and are left out."


def test_draws_widen_the_intervals(times):
    periods = periods_of(times, "year")
    known = estimate_trends(periods, times, [planted(times)], [])
    drawn = estimate_trends(
        periods, times, (planted(times, m) for m in range(10)), [], "the test's posterior"
    )
    assert drawn.n_draws == 10
    assert drawn.lines[0].standard_error > known.lines[0].standard_error
    assert drawn.shares.from_draws[0][0] > 0
    assert known.shares.from_draws[0][0] == 0
    assert "10 draws from the test's posterior" in method(drawn)
    assert "taken as known" in method(known)


def test_json_brings_everything_back(times):
    words = [PeriodWords(0, "2010-01-01", "2010-12-31", 12, ["a"], [0.5], ["b"], [2.5])]
    trends = estimate_trends(periods_of(times), times, [planted(times)], words)
    again = Trends.from_json(json.loads(json.dumps(trends.to_json(), allow_nan=False)))
    assert again.to_json() == trends.to_json()
    assert again.words == words
    assert again.shares == trends.shares


def test_sentences_name_what_rises_and_falls_and_changes(times):
    theta = planted(times)
    late = np.flatnonzero(times >= np.datetime64("2013-07-01"))
    theta[late, 1] += 1.5
    theta /= theta.sum(axis=1, keepdims=True)
    trends = estimate_trends(periods_of(times, "quarter"), times, [theta], [])
    lines = summary(trends, NAMES)
    assert lines[0].startswith(f"Topics whose share rises or falls from {trends.first} to")
    assert any(line.startswith("  1 flat: up ") for line in lines)
    (change,) = (one for one in trends.changes or () if one.topic == 1)
    assert change.begin == "2013-07-01"
    assert any("before 2013-07-01" in line for line in lines)


def test_a_constant_topic_and_few_periods_are_no_error():
    times = np.repeat(np.array(["2001-01-01", "2002-01-01"], "datetime64[D]"), 6)
    trends = estimate_trends(periods_of(times, "year"), times, [np.ones((12, 1))], [])
    assert trends.lines[0].p_value == 1
    assert trends.shares.smooth[0] == [None, None]
    assert trends.changes is None
    assert "change points need 6 periods with 5 documents; there are 2" in trends.notes
    assert summary(trends, ["0 only"])[0].startswith("No topic clearly rises or falls")
