from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.corpus.dates import day_comes_first, parse_date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2019", "2019-01-01"),
        ("2019.0", "2019-01-01"),  # a year that a spreadsheet took for a number
        ("2019-07", "2019-07-01"),
        ("2019-07-04", "2019-07-04"),
        ("2019-7-4", "2019-07-04"),
        ("2019/07/04", "2019-07-04"),
        ("2019.07.04", "2019-07-04"),
        ("20190704", "2019-07-04"),
        ("2019-07-04T23:59:00+02:00", "2019-07-04"),
        ("2019-07-04 10:11:12.5", "2019-07-04"),
        ("4 July 2019", "2019-07-04"),
        ("July 4, 2019", "2019-07-04"),
        ("Thu, 04 Jul 2019 10:00:00 GMT", "2019-07-04"),
        ("July 2019", "2019-07-01"),
        ("2019年7月4日", "2019-07-04"),
        ("2019年7月", "2019-07-01"),
        ("1562198400", "2019-07-04"),  # 18,081 days of 86,400 s after 1970-01-01
        ("1562198400000", "2019-07-04"),
        ("07/04/2019", "2019-07-04"),
    ],
)
def test_dates_are_read(written: str, iso: str) -> None:
    assert parse_date(written) == iso


@pytest.mark.parametrize(
    "written",
    ["", "soon", "2019-13-01", "2019-02-30", "July", "Monday", "10:30", "0000", "99", "4"],
)
def test_what_is_no_date_is_none(written: str) -> None:
    assert parse_date(written) is None


def test_day_or_month_first() -> None:
    assert day_comes_first(["03/05/2020", "25/05/2020"]) is True
    assert day_comes_first(["03/05/2020", "05/25/2020"]) is False
    assert day_comes_first(["03.05.2020"]) is True
    assert day_comes_first(["03/05/2020", "2020-12-31"]) is None
    assert parse_date("03/05/2020", day_first=True) == "2020-05-03"
    assert parse_date("03/05/2020", day_first=False) == "2020-03-05"


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_none(written: str) -> None:
    found = parse_date(written)
    assert found is None or parse_date(found) == found


@given(st.dates())
def test_iso_dates_come_back(day) -> None:
    assert parse_date(day.isoformat()) == day.isoformat()
